import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type BackedUpFile, listLine, type Manifest, readList, readManifest, writeManifest } from './manifest.ts'

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')
const key = '0000000001/0f8fad5b-d9cb-469f-a165-70867728950e'

const manifest: Manifest = {
  format: 1,
  name: '20261127T031700Z',
  version: '0.1.0',
  desk: 'https://desk.example.com',
  secret_check: sha256Of('secret'),
  migrations: ['0001_tenants'],
  heads: [{ tenant: 'default', position: 12, hash: sha256Of('head') }],
  database: { kind: 'embedded', server: 18, platform: 'linux-x64', folders: ['base', 'base/1'] },
  files: { count: 1, bytes: 1, sha256: sha256Of('list') },
}

const read = async (lines: string, wanted: Partial<Manifest['files']> = {}): Promise<BackedUpFile[]> => {
  const bytes = (async function* () {
    // A line may come in two chunks.
    for (let at = 0; at < lines.length; at += 50) yield Buffer.from(lines.slice(at, at + 50))
  })()
  const files = { count: lines.split('\n').length - 1, bytes: 0, sha256: sha256Of(lines), ...wanted }
  const found: BackedUpFile[] = []
  for await (const file of readList(bytes, files)) found.push(file)
  return found
}

const fileAt = (path: string): BackedUpFile => ({ path, size: 1, sha256: sha256Of('x') })

test('a manifest is read as it was written', () => {
  expect(readManifest(writeManifest(manifest))).toEqual(manifest)
})

test.each<[string, (text: string) => string, RegExp]>([
  ['a broken byte', (text) => text.replace('default', 'defauld'), /is broken/],
  ['no hash', (text) => text.slice(0, -65), /is broken/],
  ['nothing', () => '', /is broken/],
])('a manifest with %s is refused', (_, change, reason) => {
  expect(() => readManifest(change(writeManifest(manifest)))).toThrow(reason)
})

test.each<[Partial<Record<keyof Manifest, unknown>>, RegExp]>([
  [{ format: 2 }, /has the format 2, which a newer version/],
  [{ name: '../store' }, /no manifest of a backup: name /],
  [{ database: { ...manifest.database, folders: ['..'] } }, /no manifest of a backup: database\.folders/],
  [{ database: { ...manifest.database, folders: ['/etc'] } }, /no manifest of a backup: database\.folders/],
  [{ more: 1 } as object, /no manifest of a backup/],
])('a manifest with %j is refused', (more, reason) => {
  expect(() => readManifest(writeManifest({ ...manifest, ...more } as Manifest))).toThrow(reason)
})

test('a list gives the files of a backup', async () => {
  const paths = ['database/PG_VERSION', 'database/base/1/1259_fsm', 'database.dump', 'secrets/jwt-secret']
  const files = [...paths, `attachments/${key}`].map(fileAt)
  expect(await read(files.map(listLine).join(''))).toEqual(files)
})

test.each([
  '../outside',
  'database/../../outside',
  'database/..',
  'database/./outside',
  'database/',
  '/etc/cron.d/outside',
  'database//etc/outside',
  'database/..\\outside',
  'database/a\u0000b',
  'database/a\nb',
  'database/..%2foutside',
  'database/\u2024\u2024/outside',
  'database/.ssh/authorized_keys',
  'database/C:outside',
  `database/${'a/'.repeat(150)}a`,
  `attachments/${key}.0123456789ab.part`,
  'attachments/../outside',
  `attachments/../${key}`,
  `attachments/0000000001/../${key}`,
  'attachments/0000000001/outside',
  'secrets/first-admin',
  'secrets/../jwt-secret',
  'manifest.json',
  'files.jsonl',
  'CON',
  '.env',
  '',
])('the path %j is no path of a backup', async (path) => {
  await expect(read(listLine(fileAt(path)))).rejects.toThrow(/^files\.jsonl has a line that is no file of a backup/)
})

test.each([
  'no json\n',
  '{}\n',
  `{"path":"database.dump","size":-1,"sha256":"${sha256Of('')}"}\n`,
  `{"path":"database.dump","size":1,"sha256":"no hash"}\n`,
])('the line %j is none of a list', async (line) => {
  await expect(read(line)).rejects.toThrow(/that is no file of a backup/)
})

test('a list is refused that has a path twice, a line too few, or another hash', async () => {
  const line = listLine(fileAt('database.dump'))
  await expect(read(line + line)).rejects.toThrow('files.jsonl has database.dump twice')
  await expect(read(line, { count: 2 })).rejects.toThrow(/is broken/)
  await expect(read(line, { sha256: sha256Of('other') })).rejects.toThrow(/is broken/)
})
