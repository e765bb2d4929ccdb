import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openApiDocument } from '../../api-document.ts'
import { createWorld, type World } from '../../testing/support/people.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { tellStory } from './story.ts'

let desk: Desk
let world: World

beforeAll(async () => {
  desk = await startDesk()
  world = await createWorld(desk)
})
afterAll(() => desk.stop())

test('the story of a ticket is told with the typed client and its defaults', async () => {
  const visitor = (name: string) => ({ tenant: world.slug, name, password: world.ada.password })
  const told = await tellStory(`${desk.url}/api`, visitor(world.cleo.email), visitor('ada'))
  expect(told).toEqual({
    ticketId: 'TKT0001',
    listed: ['TKT0001'],
    page: { next_cursor: null, has_more: false },
    changed: expect.objectContaining({ ticket_id: 'TKT0001', priority: 'high', version: 2 }),
    refused: 'version 2 has another priority',
    comment: expect.objectContaining({ body: 'Since the new router came.', author_name: 'Cleo Customer' }),
    types: ['ticket.created', 'ticket.updated', 'comment.added'],
  })
})

test('the types of the client are those of the API document; `npm run openapi:types` writes them', async () => {
  const document = openApiDocument('https://desk.example.com')
  const fresh = astToString(await openapiTS(JSON.stringify(document)))
  const written = readFileSync(new URL('types.ts', import.meta.url), 'utf8')
  // In front stands who generated it.
  const isFresh = written.endsWith(fresh)
  expect(isFresh).toBe(true)
})

test('client and story compile with the TypeScript of the workspace', () => {
  const workspace = fileURLToPath(new URL('..', import.meta.url))
  const compiler = `${workspace}node_modules/.bin/tsc`
  expect(execFileSync(compiler, ['--version'], { cwd: workspace, encoding: 'utf8' })).toMatch(/^Version 5\.9\./)
  const compile = () => execFileSync(compiler, ['--project', '.'], { cwd: workspace, encoding: 'utf8', stdio: 'pipe' })
  expect(compile).not.toThrow()
})

test('the example of the README compiles, too', () => {
  const workspace = fileURLToPath(new URL('..', import.meta.url))
  const readme = readFileSync(`${workspace}README.md`, 'utf8')
  const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  expect(example).toContain("from './api-client.ts'")
  const folder = mkdtempSync(join(tmpdir(), 'counterdesk-readme-'))
  try {
    writeFileSync(join(folder, 'example.ts'), example.replace('./api-client.ts', `${workspace}api/api-client.ts`))
    const project = { extends: `${workspace}tsconfig.json`, compilerOptions: { types: [] }, include: ['example.ts'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
    const compile = () =>
      execFileSync(`${workspace}node_modules/.bin/tsc`, ['--project', folder], { encoding: 'utf8', stdio: 'pipe' })
    expect(compile).not.toThrow()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
