import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { promisify } from 'node:util'

export const isWindows = process.platform === 'win32'

/** The user of the operating system that PostgreSQL runs as. Null means the user of this process. */
export interface OsUser {
  uid: number
  gid: number
}

/**
 * The user that runs PostgreSQL, which refuses to run as root. When this process is root, the owner of the data folder,
 * `postgres` or `nobody` runs it.
 */
export const chooseOsUser = (dataDir: string | null): OsUser | null => {
  if (process.getuid?.() !== 0) return null
  if (dataDir === null) return userNamed('postgres') ?? userNamed('nobody') ?? { uid: 65534, gid: 65534 }
  const { uid, gid } = statSync(dataDir)
  if (uid === 0)
    throw new Error(`${dataDir} belongs to root, but PostgreSQL refuses to run as root: change the owner with chown -R`)
  return { uid, gid }
}

const userNamed = (name: string): OsUser | null => {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
  const [, , uid, gid] = entry?.split(':') ?? []
  return Number(uid) > 0 ? { uid: Number(uid), gid: Number(gid) } : null
}

/**
 * The options to start the programs of PostgreSQL. They do not get the environment of this process, which has secrets
 * and may have a PGDATA or PGPORT for another server, nor its working folder, which their user may not be able to
 * enter.
 */
export const spawnOptionsFor = (user: OsUser | null) => ({
  cwd: '/',
  windowsHide: true,
  ...(isWindows ? {} : { env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } }),
  ...user,
})

/** Runs a small command and answers with its output. @throws Error with its error output. */
export const run = async (user: OsUser | null, file: string, args: string[]): Promise<string> =>
  (await promisify(execFile)(file, args, { ...spawnOptionsFor(user), encoding: 'utf8' })).stdout

/** The paths that the user can reach: folders to enter and programs to run. One shell checks all, in about 5 ms. */
export const reachable = async (user: OsUser | null, paths: string[]): Promise<Set<string>> => {
  if (user === null) return new Set(paths)
  const script = 'i=0; for p in "$@"; do [ -x "$p" ] && echo $i; i=$((i+1)); done; exit 0'
  const answer = await run(user, '/bin/sh', ['-c', script, 'sh', ...paths])
  return new Set(answer.split('\n').flatMap((line) => (line === '' ? [] : (paths[Number(line)] ?? []))))
}

/** Whether there is a process with this id, of any user. */
export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
