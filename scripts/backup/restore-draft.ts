import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../src/platform/clock.ts'
import { findCluster } from '../../src/platform/db/embedded/cluster.ts'
import { isAlive } from '../../src/platform/db/embedded/os-user.ts'
import { isPostmaster, readLockFile, stopPostmaster } from '../../src/platform/db/embedded/postmaster.ts'
import { restoreFolder } from '../../src/start/open-application.ts'
import { removeCluster } from '../lib/temporary-cluster.ts'
import { secretFiles } from './manifest.ts'

/** What a restore puts into `DATA_DIR`. */
const parts = ['postgres', ...secretFiles, 'attachments']

/** A folder in which a desk is restored beside what is in `DATA_DIR`, so that nothing there is half done. */
export interface RestoreDraft {
  folder: string
  /**
   * Puts what was restored in its place in `DATA_DIR`. What was there before is set aside. Answers with the folder of
   * that; null when there was nothing.
   */
  putInPlace(): Promise<string | null>
  /** Removes the draft with all that was not put in its place. */
  remove(): Promise<void>
}

const removeDraft = async (folder: string): Promise<void> => {
  const cluster = existsSync(join(folder, 'postgres')) ? findCluster(folder) : null
  if (cluster !== null) {
    const lock = readLockFile(cluster)
    if (lock !== null && isPostmaster(lock.pid, cluster)) await stopPostmaster(lock.pid, cluster)
    await removeCluster(cluster, folder)
  }
  await rm(folder, { recursive: true, force: true })
}

/** Gives files other names, all or none: a mount, such as a volume of a container, cannot be moved. */
const renameAll = async (moves: [from: string, to: string][]): Promise<void> => {
  const done: typeof moves = []
  try {
    for (const [from, to] of moves) {
      await rename(from, to)
      done.push([from, to])
    }
  } catch (error) {
    for (const [from, to] of done.reverse()) await rename(to, from)
    throw error
  }
}

const putInPlace = async (root: string, folder: string): Promise<string | null> => {
  const there = new Set(await readdir(root))
  const restored = (await readdir(folder)).filter((name) => parts.includes(name))
  const old = restored.filter((name) => there.has(name))
  const aside = join(root, `before-restore-${new Date(systemClock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`)
  if (old.length > 0) await mkdir(aside, { mode: 0o700 })
  await renameAll([
    ...old.map((name): [string, string] => [join(root, name), join(aside, name)]),
    ...restored.map((name): [string, string] => [join(folder, name), join(root, name)]),
  ]).catch(async (error) => {
    if (old.length > 0) await rmdir(aside)
    throw error
  })
  return old.length > 0 ? aside : null
}

/** When a process began, in ticks of the machine; empty when that cannot be told. */
const beginningOf = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    // The name of the program, in parentheses, may have spaces.
    (line) => line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '',
    () => '',
  )

/** The process that restores in a folder; null when it has ended. Another may have its number by now. */
const restorerOf = async (folder: string): Promise<number | null> => {
  const [number, beginning] = (await readFile(join(folder, 'pid'), 'utf8').catch(() => '')).split(' ')
  const pid = Number(number)
  if (!(pid > 0) || pid === process.pid || !isAlive(pid)) return null
  return beginning === undefined || beginning === (await beginningOf(pid)) ? pid : null
}

/**
 * Begins a restore into `DATA_DIR`. Removes the draft of a restore that was cut off.
 * @throws Error when another restore into the folder is at work, or root would restore what another user runs.
 */
export const beginDraft = async (dataDir: string): Promise<RestoreDraft> => {
  await mkdir(dataDir, { recursive: true })
  const root = await realpath(dataDir)
  const { uid } = await stat(root)
  if (process.getuid?.() === 0 && uid !== 0)
    throw new Error(
      `${root} belongs to the OS user ${uid}: restore as that user, who could not read what root restores.`,
    )
  const folder = join(root, restoreFolder)
  if (existsSync(folder)) {
    const pid = await restorerOf(folder)
    if (pid !== null) throw new Error(`Another restore into ${root} is at work, process ${pid}.`)
    await removeDraft(folder)
  }
  await mkdir(folder).catch((error) => {
    throw error.code === 'EEXIST' ? new Error(`Another restore into ${root} is at work.`) : error
  })
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'pid'), `${process.pid} ${await beginningOf(process.pid)}`)
  return { folder, putInPlace: () => putInPlace(root, folder), remove: () => removeDraft(folder) }
}
