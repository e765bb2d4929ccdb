import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beginDraft } from './restore-draft.ts'

// The folder in which a desk is restored, and what becomes of it and of the desk beside it when something fails.

let home: string
let root: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'counterdesk-drafts-'))
  root = join(home, 'data')
  await mkdir(root)
})
afterEach(() => rm(home, { recursive: true, force: true }))

test('what a killed restore left behind goes, and a desk in the same shelter stays', async () => {
  const shelter = join(home, 'counterdesk/0123456789ab')
  for (const name of ['postgres-live', 'postgres-draft']) {
    await mkdir(join(shelter, name), { recursive: true })
    await writeFile(join(shelter, name, 'PG_VERSION'), '18\n')
  }
  await symlink(join(shelter, 'postgres-live'), join(root, 'postgres'))
  await mkdir(join(root, 'restore.part'))
  await symlink(join(shelter, 'postgres-draft'), join(root, 'restore.part/postgres'))

  const draft = await beginDraft(root)
  expect(await readdir(shelter)).toEqual(['postgres-live'])
  await draft.remove()
  expect(await readFile(join(root, 'postgres/PG_VERSION'), 'utf8')).toBe('18\n')
  expect(existsSync(join(root, 'restore.part'))).toBe(false)
})
