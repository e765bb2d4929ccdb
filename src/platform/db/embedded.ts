import { mkdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCluster, ensurePassword, findCluster } from './embedded/cluster.ts'
import { isWindows } from './embedded/os-user.ts'
import {
  endedInPassing,
  isPostmaster,
  type Launch,
  launchPostmaster,
  readLockFile,
  removeEmptyLockFile,
  stopPostmaster,
} from './embedded/postmaster.ts'
import { addressOf, codeOf, enter, type Presence } from './embedded/presence.ts'
import { failure, rotateLog } from './embedded/server-log.ts'
import { prepareSite, type Site } from './embedded/site.ts'

/** An open cluster. */
export interface EmbeddedDatabase {
  /** For `pg`; the caller adds an application_name. The port changes with every start of the server. */
  url: string
  /** The real path of the cluster. */
  dataDir: string
  /** False: joined a server that was already running. That server keeps its settings. */
  started: boolean
  /**
   * Leaves the server. The last process that leaves stops the server and waits for its end. Close your pool first,
   * because the shutdown ends its connections. Other clients, such as psql, do not delay it.
   */
  stop(): Promise<void>
}

/** What a test sets, and where the lines about the server go. */
export interface EmbeddedOptions {
  /**
   * Settings of the server, beside or instead of the usual ones. `fsync: 'off'` also creates the cluster without
   * syncing.
   */
  settings?: Record<string, string>
  log?: (line: string) => void
}

const POLL_MS = 10
/** How long to wait for states that end within moments, such as taken ports and ending server processes. */
const MOMENTS_MS = 15_000
/** How long to wait for a server that replays its log after a crash or writes its last checkpoint. */
const RECOVERY_MS = 120_000

/**
 * Opens the PostgreSQL cluster in `<dataRoot>/postgres`: creates the cluster on first use, and joins or starts its
 * server. Any number of processes may do so at the same moment; all get the same server. The server goes on when a
 * process is killed, and the next process joins it. The server listens on a free port of 127.0.0.1. Its password is in
 * `<dataRoot>/postgres.password`, its log in `<dataRoot>/postgres.log`.
 *
 * @throws Error with what failed, where the log is, and the last lines of the log.
 */
export const openEmbeddedDatabase = async (
  dataRoot: string,
  { settings = {}, log = () => {} }: EmbeddedOptions = {},
): Promise<EmbeddedDatabase> => {
  await mkdir(dataRoot, { recursive: true })
  const root = await realpath(dataRoot)
  const password = await ensurePassword(root, findCluster(root))
  const logFile = join(root, 'postgres.log')
  const start = starter(root, { password, logFile, settings, log })
  const patience = { moments: MOMENTS_MS, recovery: RECOVERY_MS }
  let launch: Launch | null = null
  let refusal = ''
  for (;;) {
    let since = performance.now()
    const dataDir = findCluster(root)
    const lock = dataDir === null ? null : readLockFile(dataDir)
    const running = dataDir !== null && lock !== null && isPostmaster(lock.pid, dataDir)
    if (running && lock.status === 'ready') {
      const presence = await enter(lock.port, password).catch((error) => {
        if (codeOf(error).startsWith('28'))
          throw new Error(`The password in ${root}/postgres.password is not the password of ${dataDir}`)
        refusal = `: ${error.message}`
      })
      if (presence) {
        const started = launch !== null && (isWindows || launch.pid === lock.pid)
        log(`${started ? 'started' : 'joined'} PostgreSQL in ${dataDir}, process ${lock.pid}, port ${lock.port}`)
        return opened(dataDir, lock.pid, presence, { url: addressOf(lock.port, password), started }, log)
      }
    } else if (!running && launch?.ended !== null) {
      const isFirst = launch === null
      launch = await start(launch)
      if (isFirst) since = performance.now() // creating the cluster does not count
    }
    await sleep(POLL_MS)
    const wait = running && lock.status !== 'ready' ? 'recovery' : 'moments'
    patience[wait] -= performance.now() - since
    if (patience[wait] < 0)
      throw failure(`PostgreSQL in ${dataDir} does not get ready${refusal}`, { file: logFile, from: 0 })
  }
}

/** Makes a function that creates the cluster, and then answers null, or starts a server on it. */
const starter = (
  root: string,
  { password, logFile, settings, log }: { password: string; logFile: string } & Required<EmbeddedOptions>,
) => {
  let site: Site | null = null
  return async (previous: Launch | null): Promise<Launch | null> => {
    if (previous !== null) {
      if (!endedInPassing(previous)) throw failure(`PostgreSQL did not start (${previous.ended})`, previous.mark)
      await sleep(100)
    }
    const dataDir = findCluster(root)
    if (site === null) {
      site = await prepareSite(root, dataDir)
      rotateLog(logFile)
    }
    if (dataDir === null) {
      log(`creating a PostgreSQL cluster in ${site.place}`)
      await createCluster(root, site, { password, logFile, sync: settings.fsync !== 'off' })
      return null
    }
    removeEmptyLockFile(dataDir)
    const lock = readLockFile(dataDir)
    const stalePid = lock !== null && !isPostmaster(lock.pid, dataDir) ? lock.pid : 0
    return launchPostmaster(dataDir, site, { logFile, settings, stalePid })
  }
}

const opened = (
  dataDir: string,
  pid: number,
  presence: Presence,
  { url, started }: { url: string; started: boolean },
  log: (line: string) => void,
): EmbeddedDatabase => {
  const stop = async () => {
    const last = await presence.leave().catch((error) => {
      const lock = readLockFile(dataDir) // a server takes it away a moment before its process ends
      const stopping = codeOf(error) === '57P01' || lock?.pid !== pid || lock.status === 'stopping'
      if (stopping || !isPostmaster(pid, dataDir)) return true // the last process stops the server now, or has stopped it
      throw new Error(`Cannot tell who else uses PostgreSQL in ${dataDir}: ${error.message}`)
    })
    if (last) await stopPostmaster(pid, dataDir)
    await presence.close()
    log(last ? `stopped PostgreSQL in ${dataDir}` : `left PostgreSQL in ${dataDir} to the others who use it`)
  }
  let stopping: Promise<void> | undefined
  return {
    url,
    dataDir,
    started,
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}
