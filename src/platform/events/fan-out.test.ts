import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { followersOf } from '../../modules.ts'
import { createAssignedTicket, createTicket } from '../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../testing/support/people.ts'
import { type Desk, startDesk } from '../../testing/support/workspace.ts'
import { writeMails } from '../../testing/support/write-mails.ts'
import { exec, many, one, sql } from '../db/sql.ts'
import { createLog } from '../log.ts'
import { type Follower, fanOutOnce } from './fan-out.ts'
import { type FanOut, startFanOut } from './start-fan-out.ts'

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

/** A program with a worker. */
const start = async (databaseUrl?: string): Promise<Desk> => {
  const program = await startDesk({ databaseUrl })
  undo.push(program.stop)
  return program
}
const connect = async ({ databaseUrl }: Desk): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  client.on('error', () => {})
  await client.connect()
  undo.push(() => client.end())
  return client
}
const follow = (followers: Follower[], log = createLog('silent')): FanOut => {
  const fanOut = startFanOut(desk.app.pool, followers, log)
  undo.push(() => fanOut.stop())
  return fanOut
}
/** A follower that remembers its batches, as pairs of tenant and event. */
const recorder = (): { batches: [number, number][][]; take: Follower } => {
  const batches: [number, number][][] = []
  const take: Follower = async (_, { tenantIds, eventIds }) => {
    batches.push(eventIds.map((eventId, n) => [tenantIds[n] ?? 0, eventId]))
  }
  return { batches, take }
}

const Row = z.object({
  tenant_id: z.int(),
  event_id: z.int(),
  position: z.int().nullable(),
  type: z.string(),
  subject_id: z.string(),
  subject_version: z.int().nullable(),
})
type Row = z.output<typeof Row>
const eventsOf = ({ app }: Desk, tenantId: number): Promise<Row[]> =>
  many(
    app.pool,
    Row,
    sql`select e.tenant_id, e.event_id, e.position, e.type, e.subject_id, e.subject_version from events e
        where e.tenant_id = ${tenantId} order by e.position nulls last, e.event_id`,
  )
const Count = z.object({ count: z.int() })
const waitingIn = async ({ app }: Desk, tenantId: number): Promise<number> => {
  const statement = sql`select count(*) as count from events e where e.tenant_id = ${tenantId} and e.position is null`
  return (await one(app.pool, Count, statement)).count
}
const patience = { timeout: 15_000, interval: 10 }

/** Expects the positions 1, 2, 3 and so on up to the head of the tenant, and rising versions of each subject. */
const expectInOrder = async (program: Desk, tenantId: number): Promise<void> => {
  const events = await eventsOf(program, tenantId)
  expect(events.map((event) => event.position)).toEqual(events.map((_, n) => n + 1))
  const Head = z.object({ position: z.int() })
  const statement = sql`select h.position from event_heads h where h.tenant_id = ${tenantId}`
  expect((await one(program.app.pool, Head, statement)).position).toBe(events.length)
  for (const ofOne of Map.groupBy(events, ({ subject_id }) => subject_id).values()) {
    const versions = ofOne.flatMap(({ subject_version }) => subject_version ?? [])
    expect(versions).toEqual(versions.toSorted((left, right) => left - right))
  }
}

/** Expects exactly one mail of each kind that must follow from the events, as `event template account`. */
const expectMails = async (program: Desk, tenantId: number): Promise<void> => {
  const written = await many(
    program.app.pool,
    z.object({ mail: z.string() }),
    sql`select m.event_id || ' ' || m.template || ' ' || m.account_id as mail from emails m
        where m.tenant_id = ${tenantId}`,
  )
  const due = (await eventsOf(program, tenantId)).flatMap(({ event_id, type, subject_id }) => {
    const followers: Record<string, string[]> = {
      'ticket.created': ['ticket_created_customer CUS0001', 'ticket_created_admin ada'],
      'ticket.assigned': ['ticket_assigned_customer CUS0001', 'ticket_assigned_technician TEC0001'],
      'customer.registered': [`customer_registered ${subject_id}`],
    }
    return (followers[type] ?? []).map((follower) => `${event_id} ${follower}`)
  })
  expect(due.length).toBeGreaterThan(0)
  expect(written.map(({ mail }) => mail).sort()).toEqual(due.sort())
}

/** Creates a ticket, and assigns it when a test wants one more event. */
const create = (world: World, isAssigned = false): Promise<string> =>
  isAssigned ? createAssignedTicket(world) : createTicket(world.cleo)

/** Writes events from which nothing follows. */
const pile = (tenantId: number, count: number): Promise<unknown> =>
  exec(
    desk.app.pool,
    sql`insert into events (tenant_id, type, subject_id, actor_role)
        select ${tenantId}, 'thing.happened', 'x' || n, 'system' from generate_series(1, ${count}) n`,
  )
/** A world whose events so far have all been fanned out. */
const quietWorld = async (): Promise<World> => {
  const world = await createWorld(desk)
  await writeMails(desk)
  return world
}

test('two processes, three tenants, everybody writing at once: no gap, no disorder, each mail once', async () => {
  const first = await start()
  const second = await start(first.databaseUrl)
  const worlds = [await createWorld(first), await createWorld(second), await createWorld(first)]
  await Promise.all(worlds.flatMap((world) => Array.from({ length: 30 }, (_, n) => create(world, n % 2 === 0))))
  await first.settled()
  for (const { tenantId } of worlds) {
    await expectInOrder(first, tenantId)
    await expectMails(first, tenantId)
  }
})

test('events that several fan-outs follow at the same time are handed on once, and in order', async () => {
  const worlds = [await createWorld(desk), await createWorld(desk)]
  const { batches, take } = recorder()
  for (let n = 0; n < 3; n += 1) follow([take])
  await Promise.all(worlds.flatMap((world) => Array.from({ length: 30 }, () => create(world))))
  for (const { tenantId } of worlds) {
    await expect.poll(() => waitingIn(desk, tenantId), patience).toBe(0)
    const handed = batches.flat().filter(([owner]) => owner === tenantId)
    const inOrder = (await eventsOf(desk, tenantId)).map(({ event_id }) => event_id)
    expect(handed.map(([, eventId]) => eventId)).toEqual(inOrder)
    await expectInOrder(desk, tenantId)
  }
})

test('a batch has its limit, and what is left comes with the next', async () => {
  const { tenantId } = await quietWorld()
  await pile(tenantId, 7)
  const { batches, take } = recorder()
  for (const expected of [3, 3, 1, 0]) expect(await fanOutOnce(desk.app.pool, [take], 3)).toBe(expected)
  expect(batches.map((batch) => batch.length)).toEqual([3, 3, 1])
  await expectInOrder(desk, tenantId)
})

describe('an event that a follower cannot take', () => {
  const refusing = (subject: string): Follower => {
    return async (tx, { eventIds }) => {
      const { rows } = await tx.query(
        'select exists (select from events e where e.event_id = any ($1) and e.subject_id = $2) as is_bad',
        [eventIds, subject],
      )
      if (rows[0].is_bad) throw new Error('this one I cannot take')
    }
  }

  test('gets its position and nothing else, is logged once, and all other events are handled', async () => {
    const world = await quietWorld()
    const lines: string[] = []
    const log = createLog('error', { write: (line) => void lines.push(line) })
    const { batches, take } = recorder()
    const before = (await eventsOf(desk, world.tenantId)).length
    for (let n = 0; n < 30; n += 1) await create(world)
    for (let n = 0; n < 2; n += 1) follow([refusing('TKT0012'), take], log)
    for (let n = 0; n < 10; n += 1) await create(world)
    await expect.poll(() => waitingIn(desk, world.tenantId), patience).toBe(0)
    const events = (await eventsOf(desk, world.tenantId)).slice(before)
    const good = events.filter(({ subject_id }) => subject_id !== 'TKT0012').map(({ event_id }) => event_id)
    const ascending = (ids: number[]): number[] => ids.toSorted((left, right) => left - right)
    expect(ascending(batches.flat().map(([, eventId]) => eventId))).toEqual(ascending(good))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('this one I cannot take')
    await expectInOrder(desk, world.tenantId)
  })

  test('is never mistaken for another that is committed late, whenever that is', async () => {
    const { tenantId } = await quietWorld()
    const late = await connect(desk)
    const insert = `insert into events (tenant_id, type, subject_id, actor_role) values ($1, 'thing.happened', $2, 'system')`
    const refuse = refusing('bad')
    const { batches, take } = recorder()
    let failures = 0
    let commitAt = 0
    const follower: Follower = async (tx, batch) => {
      try {
        await refuse(tx, batch)
      } catch (error) {
        failures += 1
        if (failures === commitAt) await late.query('commit')
        throw error
      }
    }
    const { nudge } = follow([follower, take])
    const isOver = async (): Promise<boolean> => failures >= commitAt || (await waitingIn(desk, tenantId)) === 0
    for (commitAt = 1; commitAt <= 5; commitAt += 1) {
      // A transaction that is still open has the lower event id. It commits when the bad event has failed `commitAt`
      // times.
      failures = 0
      await late.query('begin')
      await late.query(insert, [tenantId, `late ${commitAt}`])
      await desk.app.pool.query(insert, [tenantId, 'bad'])
      nudge()
      await expect.poll(isOver, patience).toBe(true)
      await late.query('commit')
      nudge()
      await expect.poll(() => waitingIn(desk, tenantId), patience).toBe(0)
    }
    const subjects = new Map((await eventsOf(desk, tenantId)).map(({ event_id, subject_id }) => [event_id, subject_id]))
    const handed = batches.flat().map(([, eventId]) => subjects.get(eventId))
    expect(handed).toEqual(['late 1', 'late 2', 'late 3', 'late 4', 'late 5'])
  })

  test('does not hold up later events for long: a batch is halved, not taken apart one by one', async () => {
    const { tenantId } = await quietWorld()
    await pile(tenantId, 490)
    let tried = 0
    const refuse = refusing('x400')
    const { batches, take } = recorder()
    const counting: Follower = async (tx, batch) => {
      tried += 1
      await refuse(tx, batch)
    }
    follow([counting, take])
    await expect.poll(() => waitingIn(desk, tenantId), patience).toBe(0)
    expect(batches.flat()).toHaveLength(489)
    expect(tried).toBeLessThan(60)
  })
})

test('a tenant whose head is locked does not hold up the others, however many events wait there', async () => {
  const [held, free] = [await quietWorld(), await quietWorld()]
  const holder = await connect(desk)
  await holder.query('begin')
  await holder.query('select h.position from event_heads h where h.tenant_id = $1 for update', [held.tenantId])
  await pile(held.tenantId, 1_200)
  await create(free)
  follow(followersOf(desk.app))
  await expect.poll(() => waitingIn(desk, free.tenantId), patience).toBe(0)
  expect(await waitingIn(desk, held.tenantId)).toBe(1_200)
  await holder.query('commit')
  await expect.poll(() => waitingIn(desk, held.tenantId), patience).toBe(0)
  await expectInOrder(desk, held.tenantId)
  await expectMails(desk, free.tenantId)
})

test('nothing is lost and nothing comes twice when its connection is killed in the middle', async () => {
  const world = await createWorld(desk)
  for (let n = 0; n < 10; n += 1) await create(world, true)
  let killed = 0
  const killer: Follower = async (tx) => {
    killed += 1
    if (killed > 2) return
    const { rows } = await tx.query('select pg_backend_pid() as pid')
    await desk.owner.query('select pg_terminate_backend($1, 5000)', [rows[0].pid])
  }
  for (let n = 0; n < 2; n += 1) follow([...followersOf(desk.app), killer])
  await expect.poll(() => waitingIn(desk, world.tenantId), patience).toBe(0)
  expect(killed).toBeGreaterThan(2)
  await expectInOrder(desk, world.tenantId)
  await expectMails(desk, world.tenantId)
})

test('a working program whose worker loses all its connections goes on where it was', async () => {
  const program = await start()
  const world = await createWorld(program)
  const executioner = await connect(program)
  const raising = Promise.all(Array.from({ length: 40 }, () => create(world)))
  for (let n = 0; n < 10; n += 1) {
    await executioner.query(
      `select pg_terminate_backend(a.pid) from pg_stat_activity a
       where a.datname = current_database() and a.application_name = 'counterdesk worker'`,
    )
  }
  await raising
  await expect.poll(() => waitingIn(program, world.tenantId), patience).toBe(0)
  await expectInOrder(program, world.tenantId)
  await expectMails(program, world.tenantId)
})
