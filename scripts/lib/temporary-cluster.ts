import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'

/**
 * Creates a folder for a cluster below `parent`; PostgreSQL, which runs as another user when we are root, may enter it.
 */
export const createClusterFolder = async (parent: string): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(parent, 'counterdesk-')))
  await chmod(folder, 0o755)
  return folder
}

/**
 * Removes a stopped embedded cluster: its folder, and its shelter, which a cluster has when root started it. A shelter
 * that has another cluster stays: one that was restored lives on in the shelter of the folder it was restored in.
 */
export const removeCluster = async (dataDir: string, folder: string): Promise<void> => {
  const shelter = dirname(dataDir)
  await rm(dataDir, { recursive: true, force: true })
  if (/\/counterdesk\/[0-9a-f]{12}$/.test(shelter)) {
    const left = await readdir(shelter).catch(() => [])
    if (!left.some((name) => name.startsWith('postgres-'))) await rm(shelter, { recursive: true, force: true })
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

/** A PostgreSQL that is removed with all its data. */
export interface TemporaryCluster {
  url: string
  /** The real path of the cluster. */
  dataDir: string
  /** Stops and removes the cluster. Close all connections before. */
  remove(): Promise<void>
}

/** Opens a PostgreSQL, durable as in production, in a new folder below `parent`. `settings` are added to its own. */
export const openTemporaryCluster = async (
  parent: string,
  settings: Record<string, string> = {},
): Promise<TemporaryCluster> => {
  const folder = await createClusterFolder(parent)
  const { url, dataDir, stop } = await openEmbeddedDatabase(folder, { settings })
  return {
    url,
    dataDir,
    async remove() {
      await stop()
      await removeCluster(dataDir, folder)
    },
  }
}
