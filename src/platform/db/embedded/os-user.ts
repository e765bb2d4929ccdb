import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { promisify } from 'node:util'

export const isWindows = process.platform === 'win32'

/** The operating system's user PostgreSQL runs as. `null` wherever it is used means: as ourselves. */
export interface OsUser {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root; then the owner of an existing data folder, `postgres` or `nobody` runs it. */
export const chooseOsUser = (dataDir: string | null): OsUser | null => {
  if (process.getuid?.() !== 0) return null
  if (dataDir === null) return userNamed('postgres') ?? userNamed('nobody') ?? { uid: 65534, gid: 65534 }
  const { uid, gid } = statSync(dataDir)
  if (uid === 0)
    throw new Error(`${dataDir} belongs to root, as whom PostgreSQL refuses to run: give it back with chown -R`)
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
 * What the programs of PostgreSQL are started with: not our environment, which holds secrets of the product and perhaps a
 * PGDATA or PGPORT meant for somebody else, and not our working folder, which that user may not be able to enter.
 */
export const spawnOptionsFor = (user: OsUser | null) => ({
  cwd: '/',
  windowsHide: true,
  ...(isWindows ? {} : { env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' } }),
  ...user,
})

/** Runs a small command to its end; answers its output, throws with its error output. */
export const run = async (user: OsUser | null, file: string, args: string[]): Promise<string> =>
  (await promisify(execFile)(file, args, { ...spawnOptionsFor(user), encoding: 'utf8' })).stdout

/** Which of these the user can get at: folders to be entered, programs to be run. One shell for all, some 5 ms. */
export const reachable = async (user: OsUser | null, paths: string[]): Promise<Set<string>> => {
  if (user === null) return new Set(paths)
  const script = 'i=0; for p in "$@"; do [ -x "$p" ] && echo $i; i=$((i+1)); done; exit 0'
  const answer = await run(user, '/bin/sh', ['-c', script, 'sh', ...paths])
  return new Set(answer.split('\n').flatMap((line) => (line === '' ? [] : (paths[Number(line)] ?? []))))
}

/** Whether there is a process of that number, ours to touch or not. */
export const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
