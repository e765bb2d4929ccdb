import { spawn } from 'node:child_process'
import { closeSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../clock.ts'
import { findFreePort } from '../../free-port.ts'
import { findNative, programIn } from './binaries.ts'
import { isAlive, isWindows, run, spawnOptionsFor } from './os-user.ts'
import { type LogMark, linesSince, markLog } from './server-log.ts'
import type { Site } from './site.ts'

/** What the postmaster writes to `postmaster.pid` (PostgreSQL's src/include/utils/pidfile.h). */
export interface LockFile {
  pid: number
  port: number
  status: string // starting, ready, standby or stopping; '' at first
}

/** Reads the lock file, or answers null when there is none. An empty file gives pid 0. */
export const readLockFile = (dataDir: string): LockFile | null => {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Math.abs(Number(lines[0])) || 0, port: Number(lines[3]), status: lines[7]?.trim() ?? '' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/**
 * Whether the process of a lock file lives and serves this data folder. After a crash the file stays, and another
 * process may have got its pid. On Linux the working folder of the postmaster is the data folder, so the folders are
 * compared.
 */
export const isPostmaster = (pid: number, dataDir: string): boolean => {
  if (pid <= 0) return false
  if (process.platform !== 'linux') return isAlive(pid)
  try {
    const [theirs, ours] = [statSync(`/proc/${pid}/cwd`, { bigint: true }), statSync(dataDir, { bigint: true })]
    return theirs.ino === ours.ino && theirs.dev === ours.dev
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') return false // the process has ended, or is a zombie
    return isNamedPostgres(pid) // root in a container may not read the folders of other users' processes
  }
}

const isNamedPostgres = (pid: number): boolean => {
  try {
    return /^\d+ \(postgres\) [^ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

/** A postmaster that this process has started. It ends by itself when another process was faster. */
export interface Launch {
  pid: number | undefined
  ended: string | null
  mark: LogMark
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  shared_buffers: '64MB',
  max_connections: '100',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  io_method: 'sync', // saves three worker processes; a database of this size fits in memory
}

/**
 * Starts a postmaster in its own session. Ctrl-C at the terminal then reaches only the program, which stops PostgreSQL
 * at the end. Returns at once: the lock file says when the server is ready.
 */
export const launchPostmaster = async (
  dataDir: string,
  { native, user }: Site,
  how: { logFile: string; settings: Record<string, string>; stalePid: number },
): Promise<Launch> => {
  const settings = Object.entries({ ...SETTINGS, port: String(await findFreePort()), ...how.settings })
  const mark = markLog(how.logFile)
  const options = spawnOptionsFor(user)
  const child = isWindows
    ? // pg_ctl drops the rights of an administrator, with which postgres refuses to run.
      spawn(programIn(native, 'pg_ctl'), pgCtlStart(dataDir, how.logFile, settings), { ...options, stdio: 'ignore' })
    : spawn(
        programIn(native, 'postgres'),
        ['-D', dataDir, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
        {
          ...options,
          // PostgreSQL trusts a lock file whose pid lives, even if another program has the pid now. It ignores the pid
          // of its grandparent.
          env: { ...options.env, ...(how.stalePid > 0 ? { PG_GRANDPARENT_PID: String(how.stalePid) } : {}) },
          detached: true,
          stdio: ['ignore', mark.fd, mark.fd],
        },
      )
  const launch: Launch = { pid: child.pid, ended: null, mark }
  child.once('error', (error) => {
    launch.ended = error.message
  })
  child.once('exit', (code, signal) => {
    launch.ended = isWindows && code === 0 ? null : (signal ?? `exit code ${code}`)
  })
  child.unref()
  closeSync(mark.fd)
  return launch
}

const pgCtlStart = (dataDir: string, logFile: string, settings: [string, string][]): string[] => {
  const words = settings.map(([name, value]) => `-c "${name}=${value}"`).join(' ')
  return ['start', '--no-wait', '--silent', '-D', dataDir, '-l', logFile, '-o', words]
}

/**
 * Whether the launch ended for a temporary reason: another process was faster, the port was taken meanwhile, or the
 * server processes of a killed postmaster have not ended yet.
 */
export const endedInPassing = (launch: Launch): boolean =>
  launch.ended === 'exit code 0' || // another process has already stopped it
  linesSince(launch.mark).some((line) =>
    /lock file ".*" (already exists|is empty)|pre-existing shared memory block|Address already in use/.test(line),
  )

/** Removes an empty lock file, which a power cut can leave. PostgreSQL refuses to start while such a file is there. */
export const removeEmptyLockFile = (dataDir: string): void => {
  const path = join(dataDir, 'postmaster.pid')
  const file = statSync(path, { throwIfNoEntry: false })
  if (file?.size === 0 && systemClock.now() - file.mtimeMs > 2_000) rmSync(path, { force: true })
}

const FAST_SHUTDOWN_MS = 30_000

/**
 * Stops the postmaster and waits for its end. When the fast shutdown cannot write its checkpoint within half a minute,
 * an immediate shutdown follows. It loses nothing committed, because the next start replays the log.
 * @throws Error when the postmaster does not stop.
 */
export const stopPostmaster = async (pid: number, dataDir: string): Promise<void> => {
  if (isWindows) {
    await run(null, programIn(await findNative(), 'pg_ctl'), ['stop', '-s', '-m', 'fast', '-D', dataDir])
    return
  }
  for (const [signal, patience] of [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', 5_000],
  ] as const) {
    if (isPostmaster(pid, dataDir)) process.kill(pid, signal)
    for (const until = performance.now() + patience; performance.now() < until; await sleep(10))
      if (!isPostmaster(pid, dataDir)) return
  }
  throw new Error(`PostgreSQL (process ${pid}, ${dataDir}) did not stop within ${FAST_SHUTDOWN_MS / 1000} seconds`)
}
