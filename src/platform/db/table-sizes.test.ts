import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/support/test-database.ts'
import { createLog } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { createPool } from './pool.ts'
import { addTableGauges } from './table-sizes.ts'

let database: TestDatabase
let pool: Pool
let owner: Pool
beforeAll(async () => {
  database = await createTestDatabase()
  const options = { url: database.url, size: 2, applicationName: 'counterdesk tests' }
  pool = createPool(options, createLog('silent'))
  owner = createPool({ ...options, asOwner: true }, createLog('silent'))
})
afterAll(async () => {
  await pool?.end()
  await owner?.end()
  await database?.drop()
})

/** The values of a gauge by table, from a page of metrics. */
const readGauge = (page: string, name: string): Record<string, number> =>
  Object.fromEntries(
    [...page.matchAll(new RegExp(`^${name}\\{table="([^"]+)"\\} (\\S+)$`, 'gm'))].map(([, table, value]) => [
      table,
      Number(value),
    ]),
  )

test('the metrics have the rows and bytes of everything that can grow', async () => {
  await owner.query(`insert into rate_limits select 'key ' || n, 1, now() from generate_series(1, 1000) n`)
  await owner.query('analyze rate_limits')
  const metrics = createMetrics()
  addTableGauges(metrics, pool)
  const page = await metrics.read()
  const bytes = readGauge(page, 'counterdesk_table_bytes')
  const { rows: tables } = await owner.query(
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  )
  expect(Object.keys(bytes).toSorted()).toEqual([...tables.map(({ name }) => name), 'jobs'].toSorted())
  expect(Object.keys(bytes)).toEqual(
    expect.arrayContaining(['events', 'emails', 'tickets', 'comments', 'attachments', 'idempotency_keys', 'sessions']),
  )
  const { rows: exact } = await owner.query(`select pg_total_relation_size('rate_limits')::int as bytes`)
  expect(bytes.rate_limits).toBe(exact[0].bytes)
  const rows = readGauge(page, 'counterdesk_table_rows')
  expect(rows.rate_limits).toBe(1_000)
  // What was never analyzed has no estimate, rather than a wrong one.
  expect(Object.keys(rows)).not.toContain('worker_processes')
})

test('a reading is kept for a while, so that asking often costs nothing', async () => {
  const metrics = createMetrics()
  let queries = 0
  const counting = new Proxy(pool, {
    get(target, name) {
      if (name === 'connect') queries += 1
      const member = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  addTableGauges(metrics, counting)
  for (let ask = 0; ask < 5; ask += 1) expect(await metrics.read()).toContain('counterdesk_table_bytes{table="events"}')
  expect(queries).toBeLessThanOrEqual(2)
})

test('a database that is away makes the values NaN, and the rest of the page is there', async () => {
  const away = createPool(
    { url: 'postgres://nobody@127.0.0.1:1/none', size: 1, applicationName: 'counterdesk tests' },
    createLog('silent'),
  )
  const metrics = createMetrics()
  addTableGauges(metrics, away)
  const page = await metrics.read()
  expect(page).toContain('counterdesk_table_bytes Nan')
  expect(page).toContain('process_cpu_seconds_total')
  await away.end()
})
