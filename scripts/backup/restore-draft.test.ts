import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { beginDraft } from './restore-draft.ts'

const canMount = (folder: string): boolean => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

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

test('what cannot be moved leaves all that was there where it was', async ({ skip }) => {
  const [postgres, attachments] = [join(root, 'postgres'), join(root, 'attachments')]
  for (const folder of [postgres, attachments]) await mkdir(folder)
  if (!canMount(attachments)) skip('nothing can be mounted here')
  try {
    await writeFile(join(root, 'postgres.password'), 'old')
    await writeFile(join(postgres, 'mark'), 'old')
    const draft = await beginDraft(root)
    for (const name of ['postgres', 'attachments']) await mkdir(join(draft.folder, name))
    await writeFile(join(draft.folder, 'postgres.password'), 'new')
    await expect(draft.putInPlace()).rejects.toThrow(/EBUSY|EXDEV/)
    await draft.remove()
    expect(await readFile(join(postgres, 'mark'), 'utf8')).toBe('old')
    expect(await readFile(join(root, 'postgres.password'), 'utf8')).toBe('old')
    expect((await readdir(root)).sort()).toEqual(['attachments', 'postgres', 'postgres.password'])
  } finally {
    execFileSync('umount', [attachments])
  }
})

test('a link whose disk is away is set aside as a folder is', async () => {
  await symlink(join(home, 'away'), join(root, 'attachments'))
  const draft = await beginDraft(root)
  await mkdir(join(draft.folder, 'attachments'))
  const aside = await draft.putInPlace()
  expect(await readlink(join(aside ?? '', 'attachments'))).toBe(join(home, 'away'))
  expect(existsSync(join(root, 'attachments'))).toBe(true)
})

test('a killed restore is told from one that works, also when its number belongs to another process', async () => {
  const of = async (text: string) => {
    await rm(join(root, 'restore.part'), { recursive: true, force: true })
    await mkdir(join(root, 'restore.part'))
    await writeFile(join(root, 'restore.part/pid'), text)
    return beginDraft(root)
  }
  await expect(of(String(process.ppid))).rejects.toThrow(/Another restore into \S+ is at work, process \d+\./)
  // In a container a program often gets the number again that it had before.
  await expect(of(String(process.pid))).resolves.toBeDefined()
  if (process.platform === 'linux') await expect(of(`${process.ppid} 1`)).resolves.toBeDefined()
  const { folder, remove } = await of('')
  expect(await readFile(join(folder, 'pid'), 'utf8')).toMatch(/^\d+ \d*$/)
  await remove()
})
