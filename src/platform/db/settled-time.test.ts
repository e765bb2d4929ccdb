import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/support/test-database.ts'
import { createLog } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { createPool } from './pool.ts'
import { addSettledGauge } from './settled-time.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool({ url: database.url, size: 3, applicationName: 'counterdesk tests' }, createLog('silent'))
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

/** What the gauge says now. Metrics keep a reading for a while, so each reading has its own. */
const readBehind = async (): Promise<number> => {
  const metrics = createMetrics()
  addSettledGauge(metrics, pool)
  const [, seconds] = /^counterdesk_settled_seconds_behind (\S+)$/m.exec(await metrics.read()) ?? []
  return Number(seconds)
}

test('the gauge says since when the oldest transaction that could write runs, and 0 when none does', async () => {
  expect(await readBehind()).toBe(0)
  const writer = await pool.connect()
  await writer.query('begin')
  const age = async (): Promise<number> =>
    Number((await writer.query('select extract(epoch from clock_timestamp() - now()) as age')).rows[0].age)
  const least = await age()
  const behind = await readBehind()
  expect(behind).toBeGreaterThanOrEqual(least)
  expect(behind).toBeLessThanOrEqual(await age())
  expect(await readBehind()).toBeGreaterThan(behind)
  await writer.query('commit')
  writer.release()
  expect(await readBehind()).toBe(0)
})
