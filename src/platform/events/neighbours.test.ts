import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createWorld } from '../../testing/support/people.ts'
import { until } from '../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { exec, many, one, sql, type Tx } from '../db/sql.ts'
import { createLog } from '../log.ts'
import { type Follower, fanOutOnce } from './fan-out.ts'
import { startFanOut } from './start-fan-out.ts'

// No test measures time. A statement that must time out waits for a lock that the test holds, or sleeps for a minute.

/** A desk on which no event is fanned out until a test says so. */
let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** Our own timeout, so short that a test may wait for it. */
const patience = { statementMs: 300, aloneMs: 300, aloneTries: 3, alonePauseMs: 10, apartMs: 200 }

/** Starts a fan-out; answers with its errors in the log, and with the events it handed on, by tenant. */
const follow = (follower: Follower, given: Partial<typeof patience> = {}) => {
  const errors: string[] = []
  const handed = new Map<number, number[]>()
  const take: Follower = async (tx, batch) => {
    await follower(tx, batch)
    for (const [n, eventId] of batch.eventIds.entries()) {
      const tenantId = batch.tenantIds[n] ?? 0
      handed.set(tenantId, [...(handed.get(tenantId) ?? []), eventId])
    }
  }
  const log = createLog('error', { write: (line) => void errors.push(line) })
  const fanOut = startFanOut(desk.app.pool, [take], log, { ...patience, ...given })
  undo.push(() => fanOut.stop())
  return { errors, handed, nudge: fanOut.nudge }
}

/** A tenant of which no event waits. */
const quietTenant = async (): Promise<number> => {
  const { tenantId } = await createWorld(desk)
  while ((await fanOutOnce(desk.app.pool, [], 500)) > 0);
  return tenantId
}
const pile = (tenantId: number, count: number, subject = 'x'): Promise<unknown> =>
  exec(
    desk.app.pool,
    sql`insert into events (tenant_id, type, subject_id, actor_role)
        select ${tenantId}, 'thing.happened', ${subject} || n, 'system' from generate_series(1, ${count}) n`,
  )
const Event = z.object({ event_id: z.int(), position: z.int().nullable(), subject_id: z.string() })
const eventsOf = (tenantId: number) =>
  many(
    desk.app.pool,
    Event,
    sql`select e.event_id, e.position, e.subject_id from events e where e.tenant_id = ${tenantId}
          and e.type = 'thing.happened' order by e.event_id`,
  )
const waitingIn = async (tenantId: number): Promise<number> =>
  (await eventsOf(tenantId)).filter(({ position }) => position === null).length
const untilPlaced = (tenantId: number): Promise<void> =>
  until(`all events of ${tenantId} have their positions`, async () => (await waitingIn(tenantId)) === 0)

/**
 * Expects the positions of a tenant's events in their order, without a gap, and each event handed on once, in order.
 */
const expectWhole = async (tenantId: number, handed: Map<number, number[]>, without = ''): Promise<void> => {
  const events = await eventsOf(tenantId)
  const [first] = events
  expect(events.map(({ position }) => position)).toEqual(events.map((_, n) => (first?.position ?? 0) + n))
  const due = events.filter(({ subject_id }) => subject_id !== without).map(({ event_id }) => event_id)
  expect(handed.get(tenantId) ?? []).toEqual(due)
}

const hasSubject = async (tx: Tx, eventIds: number[], subject: string): Promise<boolean> => {
  const { rows } = await tx.query(
    'select exists (select from events e where e.event_id = any ($1) and e.subject_id like $2) as has',
    [eventIds, subject],
  )
  return rows[0].has
}

/** Holds a lock that followers of the test wait for. Answers with a function that releases it. */
const holdLock = async (key: number): Promise<() => Promise<unknown>> => {
  const holder = new pg.Client({ connectionString: desk.databaseUrl })
  await holder.connect()
  undo.push(() => holder.end())
  await holder.query('select pg_advisory_lock($1)', [key])
  return () => holder.query('select pg_advisory_unlock($1)', [key])
}

describe('a batch that takes longer than our own timeout', () => {
  test('is halved until it fits, and everything is handed on once and in order', async () => {
    const tenantId = await quietTenant()
    await pile(tenantId, 200)
    const sizes: number[] = []
    const { errors, handed } = follow(async (tx, { eventIds }) => {
      sizes.push(eventIds.length)
      if (eventIds.length > 30) await tx.query('select pg_sleep(60)')
    })
    await untilPlaced(tenantId)
    expect(errors).toEqual([])
    expect(sizes.slice(0, 4)).toEqual([200, 100, 50, 25])
    await expectWhole(tenantId, handed)
  })

  test('holds up no other tenant, not even while it is tried again and again', async () => {
    const [bad, good, bystander] = [await quietTenant(), await quietTenant(), await quietTenant()]
    const release = await holdLock(1)
    await pile(bad, 40, 'slow ')
    await pile(bystander, 40)
    const stuck = async (tx: Tx, { eventIds }: { eventIds: number[] }): Promise<void> => {
      if (await hasSubject(tx, eventIds, 'slow %')) await tx.query('select pg_advisory_xact_lock_shared(1)')
    }
    const { errors, handed, nudge } = follow(stuck, { aloneTries: 10_000 })
    await untilPlaced(bystander)
    for (let n = 1; n <= 5; n += 1) {
      await pile(good, 10, `${n} `)
      nudge()
      await untilPlaced(good)
      expect(await waitingIn(bad)).toBe(40)
    }
    await release()
    await untilPlaced(bad)
    expect(errors).toEqual([])
    for (const tenantId of [bad, good, bystander]) await expectWhole(tenantId, handed)
  })
})

describe('an event that takes longer than our own timeout when it is alone', () => {
  test('gets its position and nothing else after three tries, is logged once, and all other events are handled', async () => {
    const tenantId = await quietTenant()
    await pile(tenantId, 10)
    let alone = 0
    const { errors, handed } = follow(async (tx, { eventIds }) => {
      if (!(await hasSubject(tx, eventIds, 'x7'))) return
      if (eventIds.length === 1) alone += 1
      await tx.query('select pg_sleep(60)')
    })
    await untilPlaced(tenantId)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain('57014')
    expect(errors[0]).toContain('nothing follows from it')
    // Once in a batch that one halving made so small, at most, and three times as an event alone.
    expect([3, 4]).toContain(alone)
    await expectWhole(tenantId, handed, 'x7')
  })

  test('is handed on when the database was only busy', async () => {
    const tenantId = await quietTenant()
    await pile(tenantId, 1)
    let tries = 0
    const { errors, handed } = follow(async (tx) => {
      tries += 1
      if (tries <= 3) await tx.query('select pg_sleep(60)')
    })
    await untilPlaced(tenantId)
    expect([tries, errors]).toEqual([4, []])
    await expectWhole(tenantId, handed)
  })

  test('waits as long as a lock is held, because that is never the fault of an event', async () => {
    const [bad, good] = [await quietTenant(), await quietTenant()]
    const release = await holdLock(2)
    await pile(bad, 1, 'locked ')
    let tries = 0
    const { errors, handed, nudge } = follow(async (tx, { eventIds }) => {
      if (!(await hasSubject(tx, eventIds, 'locked %'))) return
      tries += 1
      await tx.query("set local lock_timeout = '20ms'")
      await tx.query('select pg_advisory_xact_lock(2)')
    })
    await until('it has been tried often', () => tries > 8)
    await pile(good, 5)
    nudge()
    await untilPlaced(good)
    await release()
    await untilPlaced(bad)
    expect(errors).toEqual([])
    for (const tenantId of [bad, good]) await expectWhole(tenantId, handed)
  })
})

describe('a batch is bounded', () => {
  const recorder = (weigh?: Follower['weigh']) => {
    const batches: { tenantIds: number[] }[] = []
    const take: Follower = async (_, batch) => void batches.push(batch)
    return { batches, follower: Object.assign(take, weigh === undefined ? {} : { weigh }) }
  }
  const drain = async (follower: Follower): Promise<void> => {
    while ((await fanOutOnce(desk.app.pool, [follower], 500)) > 0);
  }
  const sizesOf = (batches: { tenantIds: number[] }[]): number[] => batches.map(({ tenantIds }) => tenantIds.length)

  test('by the rows that follow from it, and an event with more is a batch by itself', async () => {
    const tenantId = await quietTenant()
    await pile(tenantId, 7, '900 ')
    await pile(tenantId, 2, '10000 ')
    await pile(tenantId, 100, '1 ')
    const { batches, follower } = recorder(sql`split_part(e.subject_id, ' ', 1)::integer`)
    await drain(follower)
    expect(sizesOf(batches)).toEqual([3, 3, 2, 1, 100])
  })

  test('by the bytes of its events', async () => {
    const tenantId = await quietTenant()
    await exec(
      desk.app.pool,
      sql`insert into events (tenant_id, type, subject_id, actor_role, details)
          select ${tenantId}, 'thing.happened', 'x' || n, 'system', jsonb_build_object('text',
            (select string_agg(md5(n || ' ' || part), '') from generate_series(1, 2500) part))
          from generate_series(1, 120) n`,
    )
    const { batches, follower } = recorder()
    await drain(follower)
    expect(batches.length).toBeGreaterThan(1)
    for (const size of sizesOf(batches)) expect(size).toBeLessThanOrEqual(110)
    expect(await waitingIn(tenantId)).toBe(0)
  })

  test('and tenants take turns: the backlog of one does not come before the next event of another', async () => {
    const [busy, quiet] = [await quietTenant(), await quietTenant()]
    await pile(busy, 1_200)
    await pile(quiet, 1)
    const { batches, follower } = recorder()
    await drain(follower)
    expect(batches[0]?.tenantIds.filter((id) => id === quiet)).toHaveLength(1)
    expect(sizesOf(batches)).toEqual([500, 500, 201])
    const handed = await one(
      desk.app.pool,
      z.object({ count: z.int() }),
      sql`select count(*) as count from events e where e.position is null`,
    )
    expect(handed.count).toBe(0)
  })
})
