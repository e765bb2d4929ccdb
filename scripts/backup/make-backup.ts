import { createReadStream } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import type { Pool } from 'pg'
import { systemClock } from '../../src/platform/clock.ts'
import type { Config } from '../../src/platform/config.ts'
import { listMigrations } from '../../src/platform/db/migrate.ts'
import { createSecrets, hmac, loadOrCreateSecret } from '../../src/platform/secrets.ts'
import { createObjectStore } from '../../src/platform/storage/create-store.ts'
import { version } from '../../src/platform/version.ts'
import type { BackupDraft, BackupPlace } from './backup-place.ts'
import { dumpDatabase, serverVersion } from './client-tools.ts'
import { copyCluster, type Keep } from './cluster-copy.ts'
import { listHeads } from './desk-state.queries.ts'
import {
  attachmentPath,
  dumpPath,
  listFile,
  listLine,
  type Manifest,
  secretFiles,
  secretPath,
  writeManifest,
} from './manifest.ts'
import { keysOf, readObject } from './object-copy.ts'
import { type Progress, startProgress } from './progress.ts'

/** What is backed up. */
export interface Source {
  config: Config
  /** Connections past a pooler, as the owner of the tables. */
  pool: Pool
  url: string
  /** The folder of `pg_dump`, when it is not on PATH. */
  toolFolder: string | undefined
}

/** How a backup that begins at a moment is called. */
const nameAt = (moment: Date): string => moment.toISOString().replaceAll(/[-:]|\.\d+/g, '')

/** A value that only those can make who have the secret of the desk. It tells nothing of the secret. */
export const secretCheck = (secret: string): string => hmac(createSecrets(secret).backups, 'check').toString('hex')

/** Writes files into a draft, and lists them. About 200 bytes of memory for each file. */
const listing = (draft: BackupDraft, progress: Progress) => {
  const lines: string[] = []
  let bytes = 0
  const keep: Keep = async (path, content) => {
    const { size, sha256 } = await draft.write(path, content)
    lines.push(listLine({ path, size, sha256 }))
    bytes += size
    progress.add(1, size)
  }
  const finish = async (): Promise<Manifest['files']> => {
    const { sha256 } = await draft.write(listFile, Readable.from(lines.map((line) => Buffer.from(line))))
    return { count: lines.length, bytes, sha256 }
  }
  return { keep, finish }
}

/** Copies the database while it works. Answers with what the manifest says of it. */
const keepDatabase = async ({ config, pool, url, toolFolder }: Source, keep: Keep): Promise<Manifest['database']> => {
  const server = await serverVersion(pool)
  if (config.DATABASE_URL === undefined) {
    const folders = await copyCluster(url, keep)
    return { kind: 'embedded', server, platform: `${process.platform}-${process.arch}`, folders }
  }
  await keep(dumpPath, dumpDatabase(pool, url, toolFolder))
  return { kind: 'dump', server }
}

/** What `DATA_DIR` has beside the cluster: the password of the database, and the secret that no setting gives. */
const keepSecrets = async (config: Config, keep: Keep): Promise<void> => {
  const files = secretFiles.filter((file) =>
    file === 'jwt-secret' ? config.JWT_SECRET === undefined : config.DATABASE_URL === undefined,
  )
  for (const file of files) await keep(secretPath(file), createReadStream(join(config.DATA_DIR, file)))
}

/** @throws Error when a folder is inside of what is copied, because the copy would copy itself. */
export const refuseInside = (config: Config, where: string): void => {
  const to = resolve(where)
  const inside = ['postgres', 'attachments'].map((name) => resolve(config.DATA_DIR, name))
  if (inside.some((folder) => to === folder || to.startsWith(folder + sep)))
    throw new Error(`${to} is inside of what is backed up. Keep backups elsewhere.`)
}

const objectsAtOnce = 4

/** Copies the attachments after the database, so that the backup has every file that its database knows. */
const keepAttachments = async (config: Config, secret: string, keep: Keep): Promise<void> => {
  const store = createObjectStore(config, createSecrets(secret), systemClock)
  await Readable.from(keysOf(store)).forEach(
    async (key: string) => {
      const bytes = await readObject(store, key)
      if (bytes !== null) await keep(attachmentPath(key), bytes)
    },
    { concurrency: objectsAtOnce },
  )
}

/**
 * Makes a backup while the program works. It is in its place when it is whole; of a backup that fails nothing stays.
 * Answers with its name, its files and its bytes.
 * @throws Error with the reason.
 */
export const makeBackup = async (source: Source, place: BackupPlace): Promise<Manifest> => {
  const { config, pool } = source
  const secret = config.JWT_SECRET ?? (await loadOrCreateSecret(config.DATA_DIR))
  const migrations = (await listMigrations(pool)).filter(({ state }) => state !== 'pending').map(({ name }) => name)
  const heads = await listHeads(pool)
  const name = nameAt(new Date(systemClock.now()))
  const draft = await place.begin(name)
  const progress = startProgress(`backup ${name}`)
  try {
    const { keep, finish } = listing(draft, progress)
    const database = await keepDatabase(source, keep)
    await keepSecrets(config, keep)
    await keepAttachments(config, secret, keep)
    const files = await finish()
    const manifest: Manifest = {
      format: 1,
      name,
      version,
      desk: config.PUBLIC_URL,
      secret_check: secretCheck(secret),
      migrations,
      heads,
      database,
      files,
    }
    await draft.finish(writeManifest(manifest))
    return manifest
  } catch (error) {
    await draft.abandon()
    throw error
  } finally {
    progress.done()
  }
}
