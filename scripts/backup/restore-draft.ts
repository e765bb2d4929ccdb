import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
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

const putInPlace = async (root: string, folder: string): Promise<string | null> => {
  const restored = (await readdir(folder)).filter((name) => parts.includes(name))
  const old = restored.filter((name) => existsSync(join(root, name)))
  const aside = join(root, `before-restore-${new Date(systemClock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`)
  if (old.length > 0) await mkdir(aside, { mode: 0o700 })
  for (const name of old) await rename(join(root, name), join(aside, name))
  for (const name of restored) await rename(join(folder, name), join(root, name))
  return old.length > 0 ? aside : null
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
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => '0'))
    if (pid > 0 && isAlive(pid)) throw new Error(`Another restore into ${root} is at work, process ${pid}.`)
    await removeDraft(folder)
  }
  await mkdir(folder)
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'pid'), String(process.pid))
  return { folder, putInPlace: () => putInPlace(root, folder), remove: () => removeDraft(folder) }
}
