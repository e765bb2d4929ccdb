import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs'
import { chmod, chown, link, mkdir, mkdtemp, open, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { programIn, unless } from './binaries.ts'
import { isWindows, type OsUser } from './os-user.ts'
import { runLogged } from './server-log.ts'
import type { Site } from './site.ts'

/** The real path of the cluster below `root`, or null when there is no cluster yet. */
export const findCluster = (root: string): string | null => {
  const path = join(root, 'postgres')
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null
  try {
    const dataDir = realpathSync(path)
    if (existsSync(join(dataDir, 'PG_VERSION'))) return dataDir
    if (readdirSync(dataDir).length === 0) return null
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EACCES')
      throw new Error(`${path} belongs to another OS user: start Counterdesk as that user or as root`)
    throw new Error(
      `${path} cannot be read (${message}): restore its folder, or remove the link to start with an empty database`,
    )
  }
  throw new Error(`${path} is not a PostgreSQL data folder: move it away`)
}

/**
 * The superuser's password, made on first use. `link` succeeds for one process, before any cluster is created. So
 * processes that start in an empty folder at the same moment create clusters with the same password.
 */
export const ensurePassword = async (root: string, cluster: string | null): Promise<string> => {
  const file = join(root, 'postgres.password')
  if (!existsSync(file)) {
    if (cluster !== null)
      throw new Error(
        `${file} is missing: restore it, or remove ${join(root, 'postgres')} to start with an empty database`,
      )
    const draft = join(root, `postgres.init-${process.pid}-${randomBytes(6).toString('hex')}`)
    await writeFile(draft, randomBytes(24).toString('base64url'), { flag: 'wx', mode: 0o600, flush: true })
    await link(draft, file).catch(unless('EEXIST'))
    await rm(draft)
  }
  return (await readFile(file, 'utf8')).trim()
}

/**
 * Fills a new folder in `place` with a cluster and gives it its final name when it is complete. `fill` also gives it to
 * the user who runs PostgreSQL, and brings it to disk. Until then nobody else enters the draft that the folder is in.
 * Processes that do this at the same moment all use the cluster that got the name first.
 */
export const placeCluster = async (
  root: string,
  place: string,
  fill: (dataDir: string, draft: string) => Promise<void>,
): Promise<void> => {
  const draft = await mkdtemp(join(place, `postgres.init-${process.pid}-`))
  try {
    const dataDir = join(draft, 'data')
    await mkdir(dataDir, { mode: 0o700 })
    await fill(dataDir, draft)
    if (place === root) {
      await rename(dataDir, join(root, 'postgres')).catch(unless('ENOTEMPTY', 'EEXIST'))
    } else {
      const home = join(place, `postgres-${randomBytes(4).toString('hex')}`)
      await rename(dataDir, home)
      await symlink(home, join(root, 'postgres')).catch(async (error) => {
        await rm(home, { recursive: true })
        unless('EEXIST')(error)
      })
    }
    await syncFolders([place, root])
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Creates an empty cluster in `place`. */
export const createCluster = (
  root: string,
  site: Site,
  { password, ...how }: { password: string; logFile: string; sync: boolean },
): Promise<void> =>
  placeCluster(root, site.place, async (dataDir, draft) => {
    const { native, user } = site
    if (user !== null) {
      await chown(dataDir, user.uid, user.gid)
      await chmod(draft, 0o755)
    }
    const passwordFile = join(draft, 'password')
    await writeFile(passwordFile, password, { flag: 'wx', mode: 0o600 })
    if (user !== null) await chown(passwordFile, user.uid, user.gid)
    await initialize(dataDir, passwordFile, { ...how, native, user })
    await rm(passwordFile)
  })

const initialize = async (
  dataDir: string,
  passwordFile: string,
  { native, user, logFile, sync }: { native: string; user: OsUser | null; logFile: string; sync: boolean },
): Promise<void> => {
  // Given the time zone and the limits, initdb saves a search of about 100 ms. syncfs is one call instead of a
  // thousand.
  const syncing = sync ? (process.platform === 'linux' ? ['--sync-method=syncfs'] : []) : ['--no-sync']
  await runLogged(logFile, user, programIn(native, 'initdb'), [
    ...['-D', dataDir, '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
    ...['--set', 'timezone=UTC', '--set', 'log_timezone=UTC', ...syncing],
  ])
}

const syncFolders = async (folders: string[]): Promise<void> => {
  if (isWindows) return
  for (const folder of new Set(folders)) {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  }
}
