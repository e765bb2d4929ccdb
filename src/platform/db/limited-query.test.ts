import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createTestDatabase, type TestDatabase } from '../../testing/support/test-database.ts'
import { createLog } from '../log.ts'
import { isCancelled } from './connection-errors.ts'
import { createPool } from './pool.ts'
import type { Sql } from './sql.ts'

// A module of its own, because the tests before may have used up the names of prepared statements.
vi.resetModules()
const { byIndex, inIndexOrder, many, one, planEachTime, planForBatch, planNowAndThen, sql, withinTime } = await import(
  './sql.ts'
)
const { transaction } = await import('./transaction.ts')

let database: TestDatabase
let pool: ReturnType<typeof createPool>
beforeAll(async () => {
  database = await createTestDatabase()
  pool = createPool({ url: database.url, size: 1, applicationName: 'limits' }, createLog('silent'))
  const { rows } = await pool.query(`select current_setting('server_version_num')::integer >= 180000 as keeps`)
  if (!rows[0].keeps) usual = { ...usual, mode: 'auto' }
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

const Settings = z.object({ timeout: z.string(), mode: z.string() })
const settings = (): Sql =>
  sql`select current_setting('statement_timeout') as timeout, current_setting('plan_cache_mode') as mode`
/** Before version 18 PostgreSQL chooses for each run. */
let usual = { timeout: '10s', mode: 'force_generic_plan' }

test('a limit holds for its statement, and the next statement of the connection has the usual limits', async () => {
  expect(await one(pool, Settings, withinTime(settings(), 1234))).toEqual({
    timeout: '1234ms',
    mode: 'force_generic_plan',
  })
  expect(await one(pool, Settings, settings())).toEqual(usual)
  expect(await one(pool, Settings, withinTime(planEachTime(settings()), 77))).toEqual({ timeout: '77ms', mode: 'auto' })
  expect(await one(pool, Settings, settings())).toEqual(usual)
})

test('a statement that is planned each time is planned for its values, and the next one for all', async () => {
  expect(await one(pool, Settings, planEachTime(settings()))).toEqual({ timeout: '10s', mode: 'auto' })
  expect(await one(pool, Settings, settings())).toEqual(usual)
})

test('a batch of many elements is planned for its values', async () => {
  expect(await one(pool, Settings, planForBatch(settings(), 16))).toEqual(usual)
  expect(await one(pool, Settings, planForBatch(settings(), 17))).toEqual({ timeout: '10s', mode: 'auto' })
})

test('a batch keeps its plan for some runs, and is planned anew then', async () => {
  const Prepared = z.object({ plans: z.int(), runs: z.int() })
  const counted = (): Sql =>
    sql`select count(*)::integer as plans, coalesce(sum(generic_plans + custom_plans), 0)::integer as runs
        from pg_prepared_statements where statement like ${'%a batch of the test'}`
  const batch = (value: number): Sql => planNowAndThen(sql`select ${value}::integer as n -- a batch of the test`)
  const seen: number[] = []
  for (let run = 1; run <= 40; run += 1) {
    expect(await one(pool, z.object({ n: z.int() }), batch(run))).toEqual({ n: run })
    const { plans, runs } = await one(pool, Prepared, counted())
    expect(plans).toBe(1)
    seen.push(runs)
  }
  const longest = Math.max(...seen)
  expect(longest).toBeGreaterThan(1)
  expect(longest).toBeLessThan(40)
})

test('a batch of a transaction that failed is prepared again', async () => {
  const batch = (): Sql => planNowAndThen(sql`select ${1}::integer as n -- after a failure`)
  const failing = transaction(pool, async (tx) => {
    await many(tx, z.object({}), sql`select 1 / ${0}::integer as n`).catch(() => {})
    await one(tx, z.object({ n: z.int() }), batch())
  })
  await expect(failing).rejects.toMatchObject({ code: '25P02' })
  for (let run = 0; run < 40; run += 1) expect(await one(pool, z.object({ n: z.int() }), batch())).toEqual({ n: 1 })
})

const Sorting = z.object({ sort: z.string(), incremental: z.string(), timeout: z.string() })
const sorting = (): Sql => sql`select current_setting('enable_sort') as sort,
  current_setting('enable_incremental_sort') as incremental, current_setting('statement_timeout') as timeout`

test('a statement in the order of an index is not sorted, and the next one may be', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    expect(await one(pool, Sorting, inIndexOrder(withinTime(sorting(), 1234)))).toEqual({
      sort: 'off',
      incremental: 'off',
      timeout: '1234ms',
    })
    expect(await one(pool, Sorting, withinTime(sorting(), 99))).toEqual({
      sort: 'on',
      incremental: 'on',
      timeout: '99ms',
    })
    expect(await one(pool, Sorting, sorting())).toEqual({ sort: 'on', incremental: 'on', timeout: '10s' })
  }
})

const Reading = z.object({ seq: z.string(), bitmap: z.string(), sort: z.string(), timeout: z.string() })
const reading = (): Sql => sql`select current_setting('enable_seqscan') as seq,
  current_setting('enable_bitmapscan') as bitmap, current_setting('enable_sort') as sort,
  current_setting('statement_timeout') as timeout`

test('a statement by index reads no table from end to end, and the next one may', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    expect(await one(pool, Reading, byIndex(withinTime(reading(), 1234)))).toEqual({
      seq: 'off',
      bitmap: 'off',
      sort: 'on',
      timeout: '1234ms',
    })
    expect(await one(pool, Reading, reading())).toEqual({ seq: 'on', bitmap: 'on', sort: 'on', timeout: '10s' })
  }
})

const Row = z.object({ n: z.int(), waited: z.string() })
const rows = (seconds: number): Sql =>
  sql`select n, pg_sleep(${seconds})::text as waited from generate_series(1, ${3}::integer) n`

test('a statement that takes longer is cancelled, and leaves the same connection clean', async () => {
  const backend = async (): Promise<unknown> => (await pool.query('select pg_backend_pid() as pid')).rows[0].pid
  const before = await backend()
  for (let turn = 0; turn < 3; turn += 1) {
    const error = await many(pool, Row, withinTime(rows(60), 20)).catch((reason: unknown) => reason)
    expect(isCancelled(error)).toBe(true)
    expect(await one(pool, Settings, settings())).toEqual(usual)
    // The statement was prepared before it was cancelled, and is used again.
    expect((await many(pool, Row, withinTime(rows(0), 9_000))).map(({ n }) => n)).toEqual([1, 2, 3])
  }
  expect(await backend()).toBe(before)
})

test('a statement that cannot be prepared fails alone', async () => {
  const broken = (): Sql => sql`select nothing from there_is_none`
  for (let turn = 0; turn < 2; turn += 1) {
    await expect(many(pool, Row, withinTime(broken(), 500))).rejects.toMatchObject({ code: '42P01' })
    expect(await one(pool, Settings, settings())).toEqual(usual)
  }
  await pool.query('create temporary table there_is_none (nothing integer)')
  expect(await many(pool, z.object({}), withinTime(broken(), 500))).toEqual([])
})

test('values of all kinds arrive, and times are read in the form of the API', async () => {
  const Values = z.object({ at: z.string(), list: z.array(z.string()), big: z.int(), none: z.null() })
  const given = sql`select ${'2026-01-02T03:04:05.678Z'}::timestamptz as at, ${['a', 'ß']}::text[] as list,
    ${7}::bigint as big, ${null}::text as none`
  expect(await one(pool, Values, withinTime(given, 500))).toEqual({
    at: '2026-01-02T03:04:05.678Z',
    list: ['a', 'ß'],
    big: 7,
    none: null,
  })
})
