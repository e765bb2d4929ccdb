import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../../src/platform/config.ts'
import { placeCluster } from '../../src/platform/db/embedded/cluster.ts'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { removeCluster } from '../lib/temporary-cluster.ts'
import type { Manifest } from './manifest.ts'
import { restoreBackup } from './restore-backup.ts'

// What others do while a restore is at work.

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'counterdesk-races-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const manifest: Manifest = {
  format: 1,
  name: '20261127T031700Z',
  version: '1',
  desk: 'http://localhost:3000',
  secret_check: '0'.repeat(64),
  migrations: [],
  heads: [],
  database: { kind: 'embedded', server: 18, platform: `${process.platform}-${process.arch}`, folders: [] },
  files: { count: 1, bytes: 0, sha256: '0'.repeat(64) },
}
const choice = { mailLog: null, sendsWaiting: false }

test('a program that starts while a backup is verified keeps its database', async () => {
  const dataDir = join(home, 'data')
  await mkdir(dataDir)
  for (const folder of [home, dataDir]) await chmod(folder, 0o755)
  let program: EmbeddedDatabase | undefined
  const backup = {
    manifest,
    files: async function* () {
      program ??= await openEmbeddedDatabase(dataDir)
      yield* []
    },
    read: async function* () {},
  }
  const config = readConfig({ DATA_DIR: dataDir })
  try {
    const restored = restoreBackup(config, backup, { overwrites: true, toolFolder: undefined, choice })
    await expect(restored).rejects.toThrow(/is in use\. Stop the program first\.$/)
    expect(await readdir(dataDir)).not.toContain('restore.part')
  } finally {
    await program?.stop()
    if (program !== undefined) await removeCluster(program.dataDir, dataDir)
  }
})

test('nobody else enters a cluster before it is whole', async () => {
  await placeCluster(home, home, async (dataDir, draft) => {
    expect((await stat(draft)).mode & 0o077).toBe(0)
    expect((await stat(dataDir)).uid).toBe(process.getuid?.())
  })
  expect(await readdir(home)).toEqual(['postgres'])
})
