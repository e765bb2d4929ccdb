import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Removes a stopped embedded cluster: its folder, and the shelter that it has when its starter is root. */
export const removeCluster = async (dataDir: string, folder: string): Promise<void> => {
  const shelter = dirname(dataDir)
  await rm(dataDir, { recursive: true, force: true })
  if (/\/counterdesk\/[0-9a-f]{12}$/.test(shelter)) await rm(shelter, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
