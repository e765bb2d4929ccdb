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

export interface EmbeddedDatabase {
  /** For `pg`; the caller adds an application_name. The port changes with every start of the server. */
  url: string
  /** The real path of the cluster. */
  dataDir: string
  /** False: joined a server that was running already, whose settings it keeps. */
  started: boolean
  /**
   * Leaves. The last process that leaves stops the server, and then this resolves when it is gone. Close your own pool
   * before: a fast shutdown ends its connections. Other clients, such as psql, do not hold it up.
   */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** Settings of the server beside or instead of ours. `fsync: 'off'` makes the cluster itself without syncing, too. */
  settings?: Record<string, string>
  log?: (line: string) => void
}

const POLL_MS = 10
/** How long to wait for what passes within moments (ports taken, server processes on their way out). */
const MOMENTS_MS = 15_000
/** How long to wait for a server that replays its log after a crash, or writes its last checkpoint. */
const RECOVERY_MS = 120_000

/**
 * Opens the PostgreSQL cluster in `<dataRoot>/postgres`: creates it on first use, joins its server when one runs, starts
 * one when not. Any number of processes may do so at the same moment; all end up with one server. The server outlives a
 * killed process and is joined by the next one. It listens on a free port of 127.0.0.1, its password is in
 * `<dataRoot>/postgres.password`, its log in `<dataRoot>/postgres.log`.
 *
 * Throws an `Error` that says what failed, where the log is and what it ends with.
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
          throw new Error(`The password in ${root}/postgres.password is not that of ${dataDir}`)
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
      if (isFirst) since = performance.now() // making a cluster takes what it takes
    }
    await sleep(POLL_MS)
    const wait = running && lock.status !== 'ready' ? 'recovery' : 'moments'
    patience[wait] -= performance.now() - since
    if (patience[wait] < 0)
      throw failure(`PostgreSQL in ${dataDir} does not get ready${refusal}`, { file: logFile, from: 0 })
  }
}

/** Answers a function that makes the cluster (and then returns null) or starts a server on it. */
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
      const stopping = codeOf(error) === '57P01' || readLockFile(dataDir)?.status === 'stopping'
      if (stopping || !isPostmaster(pid, dataDir)) return true // by the last one, at this moment or before
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
