import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { startDatabaseProxy } from '../../testing/peers/tcp-proxy.ts'
import { createTestDatabase, type TestDatabase } from '../../testing/support/test-database.ts'
import { createLog } from '../log.ts'
import { isConnectionError, isDatabaseUnavailable, isSilence } from './connection-errors.ts'
import { createPool, timeouts } from './pool.ts'
import { exec, many, one, sql } from './sql.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.drop())

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const openPool = (size = 2, url = database.url, answerWithinMs?: number): pg.Pool => {
  // Connections of every role behave alike, but only the owner's may terminate themselves.
  const options = { url, size, applicationName: 'counterdesk tests', answerWithinMs, asOwner: true }
  const pool = createPool(options, createLog('silent'))
  undo.push(() => pool.end())
  return pool
}

const caught = (work: Promise<unknown>): Promise<unknown> => work.then(String, (error: unknown) => error)

const Pid = z.object({ pid: z.int() })
const Value = z.object({ value: z.unknown() })
const read = async (pool: pg.Pool, expression: ReturnType<typeof sql>): Promise<unknown> =>
  (await one(pool, Value, sql`select ${expression} as value`)).value

const asAdministrator = async (statement: string): Promise<number> => {
  const client = new pg.Client({ connectionString: database.url, application_name: 'counterdesk administrator' })
  await client.connect()
  return client
    .query(statement)
    .then(({ rowCount }) => rowCount ?? 0)
    .finally(() => client.end())
}

/** The backends of the pools of this file, in SQL. */
const backends = (condition = 'true'): string =>
  `from pg_stat_activity a where a.datname = current_database() and a.application_name = 'counterdesk tests'
     and ${condition}`

/** Terminates the backends, and waits until they are gone. */
const terminate = (): Promise<number> => asAdministrator(`select pg_terminate_backend(a.pid, 5000) ${backends()}`)

test('the server is told the limits, the time zone and who calls', async () => {
  const pool = openPool()
  const settings = await many(
    pool,
    z.object({ name: z.string(), value: z.string() }),
    sql`select s.name, current_setting(s.name) as value from unnest(array['statement_timeout', 'lock_timeout',
          'idle_in_transaction_session_timeout', 'TimeZone', 'application_name']) as s (name)`,
  )
  expect(Object.fromEntries(settings.map(({ name, value }) => [name, value]))).toEqual({
    statement_timeout: '10s',
    lock_timeout: '2s',
    idle_in_transaction_session_timeout: '10s',
    TimeZone: 'UTC',
    application_name: 'counterdesk tests',
  })
  expect(timeouts).toMatchObject({ statement: 10_000, lock: 2_000, idleInTransaction: 10_000 })
})

test('a bigint is a number as far as a number goes, and an error beyond', async () => {
  const pool = openPool()
  expect(await read(pool, sql`9007199254740991::bigint`)).toBe(Number.MAX_SAFE_INTEGER)
  expect(await read(pool, sql`-9007199254740991::bigint`)).toBe(Number.MIN_SAFE_INTEGER)
  expect(await read(pool, sql`null::bigint`)).toBeNull()
  for (const beyond of ['9007199254740992', '-9007199254740992', '9223372036854775807']) {
    await expect(read(pool, sql`${beyond}::bigint`)).rejects.toThrow(`bigint ${beyond} does not fit`)
  }
  expect(await read(pool, sql`1`)).toBe(1) // on the same connection
})

test('a time is ISO 8601 in UTC with milliseconds, in whatever form it was written', async () => {
  const pool = openPool()
  for (const [given, answer] of [
    ['2026-03-29 02:30:00.1+02', '2026-03-29T00:30:00.100Z'],
    ['1999-12-31 23:59:59.9994-05', '2000-01-01T04:59:59.999Z'],
    ['0001-01-01 00:00:00+00', '0001-01-01T00:00:00.000Z'],
  ]) {
    expect(await read(pool, sql`${given}::timestamptz(3)`)).toBe(answer)
  }
  for (const beyond of ['infinity', '0044-03-15 12:00:00+00 BC', '12026-01-01 00:00:00+00']) {
    await expect(read(pool, sql`${beyond}::timestamptz(3)`)).rejects.toThrow('is not between the years')
  }
  const Now = z.object({ now: z.iso.datetime({ precision: 3 }) })
  await one(pool, Now, sql`select now()::timestamptz(3) as now`)
})

test('idle connections that die neither end the process nor reach a request', async () => {
  const pool = openPool(4)
  await Promise.all([1, 2, 3, 4].map(() => exec(pool, sql`select pg_sleep(0.05)`)))
  expect(pool.idleCount).toBe(4)
  const removed = new Promise<void>((resolve) => {
    let count = 0
    pool.on('remove', () => {
      count += 1
      if (count === 4) resolve()
    })
  })
  expect(await terminate()).toBe(4)
  await removed
  expect(pool.totalCount).toBe(0)
  expect(await Promise.all([1, 2, 3, 4].map((value) => read(pool, sql`${value}::integer`)))).toEqual([1, 2, 3, 4])
})

test('connections that die at work give errors of their own; the next requests get healthy ones', async () => {
  const pool = openPool(4)
  const working = [1, 2, 3, 4].map(() => caught(exec(pool, sql`select pg_sleep(30)`)))
  const sleeping = backends("a.wait_event = 'PgSleep'")
  await expect.poll(() => asAdministrator(`select ${sleeping}`), { timeout: 10_000 }).toBe(4)
  expect(await terminate()).toBe(4)
  for (const error of await Promise.all(working)) expect(isConnectionError(error)).toBe(true)
  expect(await Promise.all([1, 2, 3, 4, 5, 6].map((value) => read(pool, sql`${value}::integer`)))).toEqual([
    1, 2, 3, 4, 5, 6,
  ])
  expect(pool.totalCount).toBeLessThanOrEqual(4)
  expect(pool.idleCount).toBe(pool.totalCount)
})

test('a hundred that die one after the other leak nothing', async () => {
  const pool = openPool(2)
  for (let round = 0; round < 100; round += 1) {
    const error = await caught(exec(pool, sql`select pg_terminate_backend(pg_backend_pid())`))
    expect(isConnectionError(error)).toBe(true)
    expect(pool.totalCount).toBe(0)
  }
  const pids = await Promise.all([1, 2, 3].map(() => one(pool, Pid, sql`select pg_backend_pid() as pid`)))
  expect(new Set(pids.map(({ pid }) => pid)).size).toBeLessThanOrEqual(2)
  expect([pool.idleCount, pool.waitingCount]).toEqual([pool.totalCount, 0])
})

test('a caller who gets no connection gets an error soon, and the pool goes on', async () => {
  const pool = openPool(1)
  const client = await pool.connect()
  const errors = await Promise.all([1, 2, 3].map(() => caught(exec(pool, sql`select 1`))))
  client.release()
  expect(errors.map(isDatabaseUnavailable)).toEqual([true, true, true])
  expect(await read(pool, sql`1`)).toBe(1)
})

test('a database that refuses, resets, or never answers is "unavailable", and then it is there again', async () => {
  const { proxy, url } = await startDatabaseProxy(database.url)
  undo.push(() => proxy.stop())
  const pool = openPool(2, url)
  expect(await read(pool, sql`1`)).toBe(1)
  for (const mode of ['refuse', 'reset', 'blackhole'] as const) {
    await proxy.become(mode)
    proxy.cut()
    await expect.poll(() => pool.totalCount).toBe(0)
    const error = await caught(exec(pool, sql`select 1`))
    expect([mode, isDatabaseUnavailable(error)]).toEqual([mode, true])
    await proxy.become('pass')
    await expect.poll(() => caught(read(pool, sql`1`)), { timeout: 10_000 }).toBe('1')
  }
})

test('after one connection got no answer, none of its time is used again', async () => {
  const { proxy, url } = await startDatabaseProxy(database.url)
  undo.push(() => proxy.stop())
  const pool = openPool(4, url, 500)
  await Promise.all([1, 2, 3, 4].map(() => exec(pool, sql`select pg_sleep(0.05)`)))
  await proxy.become('blackhole')
  const error = await caught(exec(pool, sql`select 1`))
  expect([isSilence(error), isDatabaseUnavailable(error)]).toEqual([true, true])
  await proxy.become('pass') // but the connections that were there stay dead
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((value) => read(pool, sql`${value}::integer`)))
  expect(answers).toEqual([1, 2, 3, 4, 5, 6])
})
