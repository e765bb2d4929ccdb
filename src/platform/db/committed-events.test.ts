import type { Pool } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase, type TestDatabase } from '../../testing/support/test-database.ts'
import { appendEvents, eventOf, recordEvents } from '../events/append-events.ts'
import { createLog } from '../log.ts'
import { onCommittedEvents } from './committed-events.ts'
import { createPool } from './pool.ts'
import { exec, marksEvents, one, sql, type Tx } from './sql.ts'
import { retriedTransaction, startOver, transaction } from './transaction.ts'

// The fan-out polls, so a nudge that is lost shows nowhere but here: as mails that come a quarter of a second later.

let database: TestDatabase
/** One connection, so that every statement meets what the one before left on it. */
let pool: Pool
let tenantId: number
let nudges: number

beforeEach(async () => {
  database = await createTestDatabase()
  pool = createPool({ url: database.url, size: 1, applicationName: 'counterdesk tests' }, createLog('silent'))
  const tenant = sql`insert into tenants (slug, name) values ('acme', 'Acme') returning tenant_id`
  tenantId = (await one(pool, z.object({ tenant_id: z.int() }), tenant)).tenant_id
  nudges = 0
  onCommittedEvents(pool, () => {
    nudges += 1
  })
})
afterEach(async () => {
  await pool.end()
  await database.drop()
})

const event = () =>
  eventOf({ actor: { tenantId, accountId: null, role: 'system' }, requestId: null }, 'password.reset', 'CUS0001')
const countEvents = async (): Promise<number> =>
  (await one(pool, z.object({ count: z.int() }), sql`select count(*) as count from events`)).count
const readOnly = (tx: Tx): Promise<unknown> => exec(tx, sql`select 1`)

test('a transaction that wrote events nudges once, after its commit', async () => {
  await transaction(pool, async (tx) => {
    await recordEvents(tx, [event()])
    await recordEvents(tx, [event(), event()])
    expect(nudges).toBe(0)
  })
  expect([nudges, await countEvents()]).toEqual([1, 3])
})

test('a statement of its own nudges, too, however deep in it the events are written', async () => {
  await exec(pool, appendEvents([event()]))
  const logged = sql`logged as (${appendEvents([event()])})`
  await exec(pool, sql`with one as (select 1), ${logged} select * from one`)
  expect([nudges, await countEvents()]).toEqual([2, 2])
})

test('what wrote no events, or was rolled back, nudges nobody, and leaves no mark on its connection', async () => {
  await transaction(pool, readOnly)
  await exec(pool, sql`select 1`)
  const failing = transaction(pool, async (tx) => {
    await recordEvents(tx, [event()])
    throw new Error('changed my mind')
  })
  await expect(failing).rejects.toThrow('changed my mind')
  await expect(exec(pool, sql`${appendEvents([event()])} returning no_such_column`)).rejects.toThrow()
  await transaction(pool, readOnly)
  expect([nudges, await countEvents()]).toEqual([0, 0])
})

test('a transaction that starts over is rolled back without an error, with its receipt, and nudges nobody', async () => {
  const receipt = { tenantId, scope: 'ada', key: 'k1', requestHash: Buffer.from('hash'), seal: () => Buffer.from('x') }
  const attempt = (outcome: symbol | string) =>
    transaction(
      pool,
      async (tx) => {
        await recordEvents(tx, [event()])
        return outcome
      },
      receipt,
    )
  expect(await attempt(startOver)).toBe(startOver)
  expect([nudges, await countEvents()]).toEqual([0, 0])
  // The key is free again: a claim that had stayed would refuse this.
  expect(await attempt('done')).toBe('done')
  expect([nudges, await countEvents()]).toEqual([1, 1])
})

test('a transaction may start over four times, and only the last attempt counts', async () => {
  let attempts = 0
  const startingOver = (times: number) =>
    retriedTransaction(pool, async (tx) => {
      attempts += 1
      await recordEvents(tx, [event()])
      return attempts > times ? 'done' : startOver
    })
  expect(await startingOver(4)).toBe('done')
  expect([attempts, nudges, await countEvents()]).toEqual([5, 1, 1])
  attempts = 0
  await expect(startingOver(5)).rejects.toMatchObject({ code: 'unavailable' })
  expect([attempts, nudges, await countEvents()]).toEqual([5, 1, 1])
})

test('a statement that found nothing to do nudges nobody', async () => {
  const none = sql`with none as (select 1 where false) insert into events (tenant_id, type, subject_id, actor_role)
    select 1, 'x', 'y', 'system' from none`
  await exec(pool, marksEvents(none))
  expect([nudges, await countEvents()]).toEqual([0, 0])
})

test('a listener that fails does not make a commit look like a failure', async () => {
  onCommittedEvents(pool, () => {
    throw new Error('no listener of ours')
  })
  await exec(pool, appendEvents([event()]))
  await transaction(pool, (tx) => recordEvents(tx, [event()]))
  expect(await countEvents()).toBe(2)
})
