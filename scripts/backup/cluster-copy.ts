import { constants } from 'node:fs'
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { clusterPath, isClusterFile } from './manifest.ts'

// A copy of the files of a cluster while it works: the low-level base backup of PostgreSQL's manual ("Making a
// Non-Exclusive Low-Level Backup"). Files change while they are copied. The log (WAL) from the beginning of the copy to
// its end mends that when the copy is started for the first time, so the copy has the log, too.

/** Folders whose content belongs to the running server; the copy has them empty. */
const emptyFolders = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
])
/** What the running server alone knows. `pg_control` is copied at the end. */
const left =
  /(?:^|\/)(?:postmaster\.(?:pid|opts)|backup_label(?:\.old)?|tablespace_map(?:\.old)?|current_logfiles|pg_internal\.init.*|pgsql_tmp.*)$/
const controlFile = 'global/pg_control'
const segment = /^[0-9A-F]{24}$/
const history = /^[0-9A-F]{8}\.history$/

/** A file or folder of the cluster: its path from the data folder on, with `/`. */
type Found = { file: string } | { folder: string }

/** All that is copied before the control file and the log. A folder comes before what is in it. */
const walk = async function* (dataDir: string, folder = ''): AsyncGenerator<Found> {
  const entries = await readdir(join(dataDir, folder), { withFileTypes: true }).catch(ifGone)
  for (const entry of entries ?? []) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (left.test(path) || path === controlFile) continue
    if (!isClusterFile(path)) {
      // Such as what an editor leaves beside postgresql.conf. No backup may have it, see manifest.ts.
      console.error(`${path} is no file of PostgreSQL, and is left out.`)
      continue
    }
    if (entry.isSymbolicLink())
      throw new Error(`The cluster has a link, ${path}. Back up clusters with tablespaces by tools of their own.`)
    if (entry.isFile()) yield { file: path }
    if (!entry.isDirectory()) continue
    yield { folder: path }
    if (!emptyFolders.has(path)) yield* walk(dataDir, path)
  }
}

/** A table may be dropped meanwhile. The log says so, too. */
const ifGone = (error: NodeJS.ErrnoException): null => {
  if (error.code === 'ENOENT') return null
  throw error
}

/**
 * Opens a file of the cluster, and follows no link: the user who runs PostgreSQL may write here, and what this process
 * reads, which may be root, that user must not get by a restore.
 */
const openFile = (path: string): Promise<FileHandle> =>
  open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch((error) => {
    throw error.code === 'ELOOP' ? new Error(`The cluster has a link, ${path}.`) : error
  })

/** The control file is written in place, as one write of its 8 kB. Two equal readings are no half one. */
const readControl = async (path: string): Promise<Buffer> => {
  for (let before = await readFile(path); ; ) {
    await sleep(5)
    const now = await readFile(path)
    if (now.equals(before)) return now
    before = now
  }
}

/** Keeps a file of the copy. */
export type Keep = (path: string, bytes: AsyncIterable<Uint8Array>) => Promise<void>

const keepText = (keep: Keep, file: string, text: string | Buffer): Promise<void> =>
  keep(clusterPath(file), Readable.from([Buffer.from(text)]))

const filesAtOnce = 8

/** Copies what `walk` finds. Answers with the folders, which may have no files. */
const copyFiles = async (dataDir: string, keep: Keep): Promise<string[]> => {
  const folders: string[] = []
  await Readable.from(walk(dataDir)).forEach(
    async (found: Found) => {
      if ('folder' in found) return void folders.push(found.folder)
      const file = await openFile(join(dataDir, found.file)).catch(ifGone)
      if (file === null) return
      try {
        await keep(clusterPath(found.file), file.createReadStream({ autoClose: false }))
      } finally {
        await file.close()
      }
    },
    { concurrency: filesAtOnce },
  )
  return folders.sort()
}

/** Copies the segments of the log from the first that the copy needs to the last. */
const copyLog = async (dataDir: string, keep: Keep, first: string, last: string): Promise<void> => {
  const names = (await readdir(join(dataDir, 'pg_wal'))).sort()
  const needed = names.filter((name) => segment.test(name) && name >= first && name <= last)
  if (needed[0] !== first || needed.at(-1) !== last)
    throw new Error(`The log of the database lacks segments from ${first} to ${last}.`)
  for (const name of [...needed, ...names.filter((one) => history.test(one))]) {
    const file = await openFile(join(dataDir, 'pg_wal', name))
    await keep(clusterPath(`pg_wal/${name}`), file.createReadStream())
  }
}

/**
 * Copies the files of the embedded database, while it works. The slot keeps the log that the copy needs; it goes with
 * the connection. Answers with the folders of the cluster.
 * @throws Error when the cluster has tablespaces, or keeps too little log for a copy.
 */
export const copyCluster = async (url: string, keep: Keep): Promise<string[]> => {
  const client = new pg.Client({ connectionString: url, application_name: 'counterdesk backup', statement_timeout: 0 })
  await client.connect()
  try {
    const { rows: settings } = await client.query(
      `select current_setting('data_directory') as folder, current_setting('wal_level') as log`,
    )
    const { folder: dataDir, log } = settings[0]
    if (log === 'minimal') throw new Error('The database has wal_level=minimal, with which no copy can be made.')
    await client.query(
      `select pg_create_physical_replication_slot('counterdesk_backup_' || pg_backend_pid(), true, true)`,
    )
    const { rows: begun } = await client.query(
      `select pg_walfile_name(s) as first from pg_backup_start('counterdesk', true) s`,
    )
    const folders = await copyFiles(dataDir, keep)
    await keepText(keep, controlFile, await readControl(join(dataDir, controlFile)))
    const { rows: ended } = await client.query(
      `select pg_walfile_name(s.lsn) as last, s.labelfile as label, s.spcmapfile as map from pg_backup_stop(false) s`,
    )
    const { last, label, map } = ended[0]
    if (map.trim() !== '') throw new Error('The cluster has tablespaces. Back it up by tools of their own.')
    await keepText(keep, 'backup_label', label)
    await copyLog(dataDir, keep, begun[0].first, last)
    return folders
  } finally {
    await client.end()
  }
}
