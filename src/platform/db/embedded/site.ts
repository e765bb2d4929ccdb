import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../clock.ts'
import { findNative, nativeCopy, neededOf } from './binaries.ts'
import { chooseOsUser, isAlive, type OsUser, reachable } from './os-user.ts'

/** The folder of a data root's cluster, the folder of the programs that serve it, and the OS user who runs them. */
export interface Site {
  user: OsUser | null
  place: string
  native: string
}

/**
 * Finds the place of the cluster and the programs: the data root and the npm package, when the database's OS user can
 * reach them. Else (below /root, or after an install with umask 077) a folder below /var/lib, with a copy of the
 * programs.
 */
export const prepareSite = async (root: string, cluster: string | null): Promise<Site> => {
  const user = chooseOsUser(cluster)
  const native = await findNative()
  const open = await reachable(user, [root, cluster ?? root, ...neededOf(native)])
  if (cluster !== null && !open.has(cluster))
    throw new Error(
      `The OS user ${user?.uid} owns ${cluster} but cannot enter it: give that user access to the folders above it`,
    )
  const place = open.has(root) ? root : await makeShelter(root)
  await removeLeftovers(place)
  const usable = neededOf(native).every((path) => open.has(path))
  return { user, place, native: usable ? native : await nativeCopy(native, place) }
}

const SHELTERS = '/var/lib/counterdesk'

const makeShelter = async (root: string): Promise<string> => {
  const shelter = join(SHELTERS, createHash('sha256').update(root).digest('hex').slice(0, 12))
  await mkdir(shelter, { recursive: true })
  for (const folder of [SHELTERS, shelter]) await chmod(folder, 0o755) // with any umask
  return shelter
}

const INIT_AT_MOST_MS = 10 * 60_000

/** Removes the drafts of processes that were killed while they made a cluster or a copy: 40 to 60 MB each. */
const removeLeftovers = async (place: string): Promise<void> => {
  for (const name of await readdir(place)) {
    const pid = Number(/^(?:postgres\.init|native\.copy)-(\d+)-/.exec(name)?.[1] ?? 0)
    if (pid === 0) continue
    const path = join(place, name)
    const age = systemClock.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? 0)
    if (age < INIT_AT_MOST_MS && mayBelongTo(pid, age)) continue
    // An initdb that outlived its parent may still write into it.
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => {})
  }
}

/**
 * Whether the process may still use a draft of this age. In a container the previous process often had the same pid, so
 * a draft that is older than this process belongs to the previous one.
 */
const mayBelongTo = (pid: number, age: number): boolean =>
  pid === process.pid ? age < process.uptime() * 1000 : isAlive(pid)
