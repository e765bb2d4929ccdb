import { lchown, mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { Config } from '../../src/platform/config.ts'
import { findNative } from '../../src/platform/db/embedded/binaries.ts'
import { findCluster, placeCluster } from '../../src/platform/db/embedded/cluster.ts'
import type { OsUser } from '../../src/platform/db/embedded/os-user.ts'
import { isPostmaster, readLockFile } from '../../src/platform/db/embedded/postmaster.ts'
import { prepareSite } from '../../src/platform/db/embedded/site.ts'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { syncDisk, writeNewFile } from './folder-place.ts'
import { type BackedUpFile, clusterFileOf, type Manifest } from './manifest.ts'
import { startProgress } from './progress.ts'
import type { RestoreTarget } from './restore-target.ts'
import type { StoredBackup } from './stored-backup.ts'

const filesAtOnce = 8

/**
 * Gives all files and folders of a cluster to the user who runs PostgreSQL, when root restores it. That user must not
 * be able to change the folder before: root would write and give away what a link of that user leads to.
 */
const giveTo = async ({ uid, gid }: OsUser, dataDir: string): Promise<void> => {
  for (const name of await readdir(dataDir, { recursive: true })) await lchown(join(dataDir, name), uid, gid)
  await lchown(dataDir, uid, gid)
}

/** Writes the files of a cluster into an empty folder. */
const writeCluster = async (
  backup: StoredBackup,
  folders: string[],
  dataDir: string,
  user: OsUser | null,
): Promise<void> => {
  for (const folder of folders) await mkdir(join(dataDir, folder), { recursive: true, mode: 0o700 })
  const progress = startProgress('database')
  await Readable.from(backup.files()).forEach(
    async (file: BackedUpFile) => {
      const name = clusterFileOf(file.path)
      if (name === null) return
      await writeNewFile(join(dataDir, name), backup.read(file))
      progress.add(1, file.size)
    },
    { concurrency: filesAtOnce },
  )
  if (user !== null) await giveTo(user, dataDir)
  await syncDisk(dataDir)
  progress.done()
}

/** @throws Error when the embedded PostgreSQL of this installation cannot read files of that version. */
const requireServer = async (server: number): Promise<void> => {
  const { version } = (await import(join(dirname(await findNative()), 'package.json'), { with: { type: 'json' } }))
    .default as { version: string }
  const here = Number.parseInt(version, 10)
  if (here !== server)
    throw new Error(`The backup is a copy of PostgreSQL ${server}, and the embedded PostgreSQL here is ${here}.`)
}

/** The embedded database of `DATA_DIR`. The copy is started and settled in the draft. */
export const openClusterTarget = (config: Config, manifest: Manifest, overwrites: boolean): RestoreTarget => {
  let database: EmbeddedDatabase | null = null
  return {
    async refuse() {
      await requireServer(manifest.database.server)
      await mkdir(config.DATA_DIR, { recursive: true })
      const cluster = findCluster(config.DATA_DIR)
      if (cluster === null) return
      const lock = readLockFile(cluster)
      if (lock !== null && isPostmaster(lock.pid, cluster))
        throw new Error(`The database in ${cluster} is in use. Stop the program first.`)
      if (!overwrites)
        throw new Error(`There is a database in ${config.DATA_DIR} already. Say --overwrite to set it aside.`)
    },
    async restore(backup, { folder }) {
      const folders = manifest.database.kind === 'embedded' ? manifest.database.folders : []
      const site = await prepareSite(folder, null)
      await placeCluster(folder, site.place, (dataDir) => writeCluster(backup, folders, dataDir, site.user))
      database = await openEmbeddedDatabase(folder)
      return database.url
    },
    async close() {
      await database?.stop()
      database = null
    },
    aside: () => null,
  }
}
