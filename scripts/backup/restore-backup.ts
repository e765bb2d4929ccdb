import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { systemClock } from '../../src/platform/clock.ts'
import type { Config } from '../../src/platform/config.ts'
import { jobSchema, migrationNames } from '../../src/platform/db/migrate.ts'
import { createLog } from '../../src/platform/log.ts'
import { createSecrets, loadOrCreateSecret } from '../../src/platform/secrets.ts'
import { createObjectStore } from '../../src/platform/storage/create-store.ts'
import { version } from '../../src/platform/version.ts'
import { openApplication } from '../../src/start/open-application.ts'
import type { Choice } from '../../src/start/settle-restored.ts'
import { reportRow, settleAndReport, warn } from '../lib/settle-and-report.ts'
import { writeNewFile } from './folder-place.ts'
import { secretCheck } from './make-backup.ts'
import { attachmentOf, type BackedUpFile, type Manifest, secretFiles, secretPath } from './manifest.ts'
import { writeObject } from './object-copy.ts'
import { startProgress } from './progress.ts'
import { openClusterTarget } from './restore-cluster.ts'
import { beginDraft } from './restore-draft.ts'
import { openDumpTarget } from './restore-dump.ts'
import { type StoredBackup, verifyBackup } from './stored-backup.ts'

/** What an operator says to a restore. */
export interface RestoreOptions {
  /** Restores although there is data. */
  overwrites: boolean
  /** The folder of `pg_restore`, when it is not on PATH. */
  toolFolder: string | undefined
  /** What becomes of the mails and deliveries that wait in the backup. */
  choice: Choice
}

/** @throws Error when this version, or this database, cannot take the backup. */
const refuseUnfit = async (config: Config, manifest: Manifest): Promise<void> => {
  const { database, migrations } = manifest
  const known = new Set([...(await migrationNames()), jobSchema])
  const unknown = migrations.find((name) => !known.has(name))
  if (unknown !== undefined)
    throw new Error(
      `The backup was made by a newer version, ${manifest.version}: its database has the migration ${unknown}, which this version ${version} does not know. Install the version that made it, or a newer one.`,
    )
  if (database.kind === 'embedded' && config.DATABASE_URL !== undefined)
    throw new Error(
      'The backup is a copy of an embedded database, and DATABASE_URL names a PostgreSQL of your own. Restore it without DATABASE_URL.',
    )
  if (database.kind === 'dump' && config.DATABASE_URL === undefined)
    throw new Error('The backup is a dump of a PostgreSQL of your own. Set DATABASE_URL to restore it.')
  const here = `${process.platform}-${process.arch}`
  if (database.kind === 'embedded' && database.platform !== here)
    throw new Error(`The backup is a copy of a database on ${database.platform}, and this machine is ${here}.`)
}

/** The store of the settings. Files of `DATA_DIR` are written into the draft. */
const storeOf = (config: Config, draft: string) =>
  createObjectStore({ ...config, DATA_DIR: draft }, createSecrets('of no address'), systemClock)

const refuseOverObjects = async (config: Config, overwrites: boolean): Promise<void> => {
  const found = await createObjectStore(config, createSecrets('of no address'), systemClock).list(null, 1)
  if (found.length > 0 && !overwrites)
    throw new Error('There are attachments already. Say --overwrite to restore over them.')
}

const objectsAtOnce = 4

const restoreObjects = async (config: Config, backup: StoredBackup, folder: string): Promise<void> => {
  const store = storeOf(config, folder)
  // Also without a file in it, this folder takes the place of the one that is there.
  if (store.served !== null) await mkdir(join(folder, 'attachments'), { recursive: true })
  const progress = startProgress('attachments')
  await Readable.from(backup.files()).forEach(
    async (file: BackedUpFile) => {
      const key = attachmentOf(file.path)
      if (key === null) return
      await writeObject(store, key, file, backup.read(file))
      progress.add(1, file.size)
    },
    { concurrency: objectsAtOnce },
  )
  progress.done()
}

const restoreSecrets = async (backup: StoredBackup, folder: string): Promise<void> => {
  for await (const file of backup.files()) {
    const name = secretFiles.find((one) => secretPath(one) === file.path)
    if (name !== undefined) await writeNewFile(join(folder, name), backup.read(file))
  }
}

/** The secret that the restored desk will have: that of the settings, of the backup, or of `DATA_DIR`. */
const secretOf = async (config: Config, folder: string): Promise<string> =>
  config.JWT_SECRET ??
  (await readFile(join(folder, 'jwt-secret'), 'utf8').then(
    (text) => text.trim(),
    () => loadOrCreateSecret(config.DATA_DIR),
  ))

/** Opens the restored desk as the program will, brings it up to date, settles and verifies it. */
const settle = async (
  config: Config,
  url: string,
  secret: string,
  manifest: Manifest,
  choice: Choice,
): Promise<void> => {
  const { app, close } = await openApplication({
    config: { ...config, JWT_SECRET: secret },
    log: createLog('error'),
    url,
    migrates: true,
    connections: { size: 5, applicationName: 'counterdesk restore', isPatient: true },
  })
  try {
    await settleAndReport(app, choice, manifest.heads)
  } finally {
    await close()
  }
}

/**
 * Restores a backup into the database and the store of the settings. Every byte is checked before anything is changed.
 * @throws Error with the reason; the data that was there before is as it was, unless the text says where it is.
 */
export const restoreBackup = async (
  config: Config,
  backup: StoredBackup,
  { overwrites, toolFolder, choice }: RestoreOptions,
): Promise<void> => {
  const { manifest } = backup
  await refuseUnfit(config, manifest)
  const target =
    config.DATABASE_URL === undefined
      ? openClusterTarget(config, manifest, overwrites)
      : openDumpTarget(config, manifest, overwrites, toolFolder)
  try {
    await target.refuse()
    await refuseOverObjects(config, overwrites)
    await verifyBackup(backup)
    const draft = await beginDraft(config.DATA_DIR)
    let isUnsettled = false
    try {
      // From now on no program starts. One may have started while the backup was verified.
      await target.refuse()
      await refuseOverObjects(config, overwrites)
      await restoreSecrets(backup, draft.folder)
      const secret = await secretOf(config, draft.folder)
      await restoreObjects(config, backup, draft.folder)
      const url = await target.restore(backup, draft)
      isUnsettled = config.DATABASE_URL !== undefined
      await settle(config, url, secret, manifest, choice)
      isUnsettled = false
      await target.close()
      const aside = await draft.putInPlace()
      for (const old of [aside, target.aside()]) if (old !== null) reportRow('what was there before', old)
      if (secretCheck(secret) !== manifest.secret_check)
        warn(
          'JWT_SECRET is not the secret of the backup: sessions, links in mails and second factors of it do not work.',
        )
      reportRow('restored', manifest.name)
    } finally {
      // Without its draft the program would start, and send what waits in the restored database.
      if (isUnsettled)
        console.error('The database is restored, but not settled. Run npm run restore again, with --overwrite.')
      else await draft.remove()
    }
  } finally {
    await target.close()
  }
}
