import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../clock.ts'
import { findNative, nativeCopy, neededOf } from './binaries.ts'
import { chooseOsUser, isAlive, type OsUser, reachable } from './os-user.ts'

/** Where the cluster of a data root lives, the programs that serve it, and who runs them. */
export interface Site {
  user: OsUser | null
  place: string
  native: string
}

/**
 * The data root itself and the npm package, when the database's user can get at them. When it cannot (below /root, or
 * after an install under umask 077) a folder under /var/lib with a copy of the programs.
 */
export const prepareSite = async (root: string, cluster: string | null): Promise<Site> => {
  const user = chooseOsUser(cluster)
  const native = await findNative()
  const open = await reachable(user, [root, cluster ?? root, ...neededOf(native)])
  if (cluster !== null && !open.has(cluster))
    throw new Error(`The OS user ${user?.uid} of ${cluster} cannot enter it: let that user pass the folders above it`)
  const place = open.has(root) ? root : await makeShelter(root)
  await removeLeftovers(place)
  const usable = neededOf(native).every((path) => open.has(path))
  return { user, place, native: usable ? native : await nativeCopy(native, place) }
}

const SHELTERS = '/var/lib/counterdesk'

const makeShelter = async (root: string): Promise<string> => {
  const shelter = join(SHELTERS, createHash('sha256').update(root).digest('hex').slice(0, 12))
  await mkdir(shelter, { recursive: true })
  for (const folder of [SHELTERS, shelter]) await chmod(folder, 0o755) // whatever our umask is
  return shelter
}

const INIT_AT_MOST_MS = 10 * 60_000

/** Removes what processes left that were killed while they made a cluster or a copy: 40 to 60 MB each. */
const removeLeftovers = async (place: string): Promise<void> => {
  for (const name of await readdir(place)) {
    const pid = Number(/^(?:postgres\.init|native\.copy)-(\d+)-/.exec(name)?.[1] ?? 0)
    if (pid === 0) continue
    const path = join(place, name)
    const age = systemClock.now() - ((await stat(path).catch(() => null))?.mtimeMs ?? 0)
    if (age < INIT_AT_MOST_MS && mayBelongTo(pid, age)) continue
    // An initdb that outlived its parent may still be writing into it.
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }).catch(() => {})
  }
}

/** In a container the process before us often had our own pid: what is older than we are is not ours. */
const mayBelongTo = (pid: number, age: number): boolean =>
  pid === process.pid ? age < process.uptime() * 1000 : isAlive(pid)
