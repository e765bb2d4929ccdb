import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTemporaryCluster, type TemporaryCluster } from '../lib/temporary-cluster.ts'
import { copyCluster } from './cluster-copy.ts'
import { BackedUpFile } from './manifest.ts'

// What the folder of a cluster may have beside the files of PostgreSQL.

let home: string
let cluster: TemporaryCluster

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'counterdesk-copies-'))
  cluster = await openTemporaryCluster(tmpdir())
})
afterAll(async () => {
  await cluster?.remove()
  await rm(home, { recursive: true, force: true })
})

const copy = async (): Promise<Map<string, string>> => {
  const kept = new Map<string, string>()
  await copyCluster(cluster.url, async (path, bytes) => {
    kept.set(path, await text(Readable.from(bytes)))
  })
  return kept
}

test('what an editor leaves there is no part of a copy, which can be read again', async () => {
  for (const name of ['postgresql.conf~', '.postgresql.conf.swp', 'base/copy of 1'])
    await writeFile(join(cluster.dataDir, name), 'of an editor')
  const paths = [...(await copy()).keys()]
  expect(paths).toEqual(expect.arrayContaining(['database/global/pg_control', 'database/postgresql.conf']))
  for (const path of paths) expect(BackedUpFile.shape.path.safeParse(path).success, path).toBe(true)
})

test('a link in the log of the database is not followed', async () => {
  await writeFile(join(home, 'secret'), 'of another user')
  const link = join(cluster.dataDir, 'pg_wal/00000009.history')
  await symlink(join(home, 'secret'), link)
  await expect(copy()).rejects.toThrow(/^The cluster has a link, \S+00000009\.history\.$/)
  await rm(link)
  await expect(copy()).resolves.toBeDefined()
})
