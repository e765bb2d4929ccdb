import type { Pool } from 'pg'
import { createPool } from '../../platform/db/pool.ts'
import { createLog } from '../../platform/log.ts'
import type { TestDatabase } from './test-database.ts'

const opened: (() => Promise<void>)[] = []

/** Opens a pool, as the owner of the tables, to a database that a test makes. */
export const openDatabase = async (making: Promise<TestDatabase>): Promise<{ url: string; pool: Pool }> => {
  const database = await making
  const pool = createPool(
    { url: database.url, size: 2, applicationName: 'counterdesk tests', asOwner: true },
    createLog('silent'),
  )
  opened.push(async () => {
    await pool.end()
    await database.drop()
  })
  return { url: database.url, pool }
}

/** Closes the pools that a test opened, and drops their databases. Call it in `afterEach`. */
export const closeDatabases = async (): Promise<void> => {
  for (const close of opened.splice(0)) await close()
}
