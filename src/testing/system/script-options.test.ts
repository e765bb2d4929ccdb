import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileCache } from '../support/real-program.ts'
import type { Ended } from '../support/run-script.ts'

// Every script and the program, called for help and called wrongly. None of them may open anything before it has read
// its options, so there is no database here, and nothing may appear in their folder.

const root = new URL('../../../', import.meta.url)
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Record<string, string>
}
/** Our own scripts in TypeScript, and the program, by their names for npm. */
const files = Object.fromEntries(
  Object.entries(scripts).flatMap(([name, line]) => {
    const [, path] = /\b((?:scripts|src)\/\S+\.ts)$/.exec(line) ?? []
    // `dev` repeats `start`, and `dev:console` is a program of its own kind.
    return path === undefined || name.startsWith('dev') ? [] : [[name, new URL(path, root).href]]
  }),
)
const names = Object.keys(files)

const wrong: [name: string, args: string[], refusal: RegExp][] = [
  ['bench', ['--only', 'nosuch'], /^--only: .*create, 64 connections; .*read one; .*storage; streams; memory$/],
  ['bench', ['--neighbour', 'nosuch'], /^--neighbour: .*600 comments on one ticket at once/],
  ['faults', ['--only', '1,99'], /^--only: .*1 SIGKILL under load; .*16 /],
  ['fuzz', ['--only', 'GET /nosuch by admin'], /^--only: .*the life of a ticket.*GET \/tickets;/],
  ['fuzz', ['--cases', 'x'], /^--cases: must be a whole number$/],
  ['migrate', ['sideways'], /^up\|down\|status: must be up, down or status$/],
  ['migrate', ['down', '0'], /^<number>: must be a whole number from 1 to 9999$/],
  ['create-admin', ['--email'], /^--email needs a value: --email <address>\.$/],
  ['create-admin', ['--email', '--name', 'Ada'], /^--email needs a value/],
  ['reset-factor', ['--tenant', 'acme'], /^--user-id:? is missing/],
  ['show-mail', ['--tenant', 'a', '--tenant', 'b'], /^--tenant is there twice\.$/],
  ['demo', ['--remove=no'], /^--remove takes no value\.$/],
  ['demo', ['demo'], /^"demo" is one word too many\. With npm, write -- before the options\.$/],
  ['dump:release', ['--tree', 'nosuch'], /^--tree: must be a folder with a version of the program$/],
]
const calls = [
  ...names.flatMap((name) => [
    { name, args: ['--help'] },
    { name, args: ['--no-such-option', 'x'] },
  ]),
  ...wrong.map(([name, args]) => ({ name, args })),
]

let folder: string
let ends: Ended[]

const endOf = (name: string, ...args: string[]): Ended => {
  const end = ends[calls.findIndex((call) => call.name === name && call.args.join() === args.join())]
  if (end === undefined) throw new Error(`nobody called ${name} ${args.join(' ')}`)
  return end
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'counterdesk-options-'))
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: compileCache,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
    DATA_DIR: folder,
  }
  const program = fileURLToPath(new URL('../support/call-scripts.ts', import.meta.url))
  const child = spawn(process.execPath, [program], { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify(calls.map(({ name, args }) => ({ file: files[name], args }))))
  ends = JSON.parse(await text(child.stdout)) as Ended[]
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('nothing was opened', async () => {
  expect(names.length).toBeGreaterThanOrEqual(17)
  expect(ends).toHaveLength(calls.length)
  expect(await readdir(folder)).toEqual([])
})

test.each(names)('npm run %s has help, and refuses an unknown option with those that there are', (name) => {
  const [help, refusal] = [endOf(name, '--help'), endOf(name, '--no-such-option', 'x')]
  expect(help).toMatchObject({ code: 0, err: [] })
  const [first = '', , about = ''] = help.out.split('\n')
  expect(first).toMatch(new RegExp(`^Usage: npm (?:run )?${name}\\b`))
  expect(about === '' && name !== 'start').toBe(false)
  expect(refusal).toMatchObject({ code: 2, out: '' })
  expect(refusal.err).toHaveLength(2)
  expect(refusal.err[0]).toContain('--no-such-option')
  expect(refusal.err[1]).toBe(first)
  for (const [, option = ''] of help.out.matchAll(/^ {2}(--[a-z-]+)/gm)) expect(refusal.err[0]).toContain(option)
})

describe('a name or value that cannot be is refused with what there is', () => {
  test.each(wrong)('%s %j', (name, args, refusal) => {
    const { code, out, err } = endOf(name, ...args)
    expect([code, out]).toEqual([2, ''])
    expect(err[0]).toMatch(refusal)
    expect(err.at(-1)).toMatch(/^Usage: npm run /)
  })
})

test('the story, which is a shell script, does the same', async () => {
  const story = fileURLToPath(new URL('scripts/develop/story.sh', root))
  const run = promisify(execFile)
  expect((await run('bash', [story, '--help'])).stdout).toMatch(/^Usage: npm run story\n/)
  const refusal = await run('bash', [story, '--no-such-option']).catch((error) => error)
  expect([refusal.code, refusal.stdout]).toEqual([2, ''])
  expect(refusal.stderr).toMatch(/--no-such-option\nUsage: npm run story\n$/)
})
