import pg from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { mailConsumer } from '../../modules/notifications/notifications.service.ts'
import { getTenantId } from '../../modules/tenants/tenants.service.ts'
import { type Desk, startDesk } from '../../testing/desk.ts'
import { createWorld, type World } from '../../testing/world.ts'
import { exec, many, sql } from '../db/sql.ts'
import { createLog } from '../log.ts'
import { type Consumer, fanOutOnce, startFanOut } from './fan-out.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A desk on which nothing follows from an event until the test says so. */
const start = async (withWorker = false): Promise<Desk> => {
  const desk = await startDesk({ withWorker })
  undo.push(desk.stop)
  return desk
}
const connect = async (desk: Desk): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: desk.databaseUrl })
  client.on('error', () => {})
  await client.connect()
  undo.push(() => client.end())
  return client
}
const follow = (desk: Desk, consumers: Consumer[], log = createLog('silent')): void => {
  const fanOut = startFanOut(desk.app.pool, consumers, log)
  undo.push(() => fanOut.stop())
}
/** Remembers what it was handed, by batches of tenant and event. */
const recorder = (): { batches: [number, number][][]; consume: Consumer } => {
  const batches: [number, number][][] = []
  const consume: Consumer = async (_, { tenantIds, eventIds }) => {
    batches.push(eventIds.map((eventId, n) => [tenantIds[n] ?? 0, eventId]))
  }
  return { batches, consume }
}

const Row = z.object({
  tenant_id: z.int(),
  event_id: z.int(),
  position: z.int().nullable(),
  type: z.string(),
  subject_id: z.string(),
  subject_version: z.int().nullable(),
})
const eventsOf = (desk: Desk): Promise<z.output<typeof Row>[]> =>
  many(
    desk.app.pool,
    Row,
    sql`select e.tenant_id, e.event_id, e.position, e.type, e.subject_id, e.subject_version from events e
        order by e.tenant_id, e.position nulls last, e.event_id`,
  )
const Head = z.object({ tenant_id: z.int(), position: z.int() })
const headsOf = (desk: Desk): Promise<z.output<typeof Head>[]> =>
  many(desk.app.pool, Head, sql`select h.tenant_id, h.position from event_heads h order by h.tenant_id`)
const placed = async (desk: Desk): Promise<boolean> => (await eventsOf(desk)).every(({ position }) => position !== null)
const patience = { timeout: 15_000, interval: 20 }

/** Positions are 1, 2, 3 and so on in each tenant, up to its head; each thing's versions come one after the other. */
const expectInOrder = async (desk: Desk): Promise<void> => {
  const events = await eventsOf(desk)
  for (const { tenant_id, position } of await headsOf(desk)) {
    const own = events.filter((event) => event.tenant_id === tenant_id)
    expect(own.map((event) => event.position)).toEqual(own.map((_, n) => n + 1))
    expect(position).toBe(own.length)
    for (const ofOne of Map.groupBy(own, ({ subject_id }) => subject_id).values()) {
      const versions = ofOne.flatMap(({ subject_version }) => subject_version ?? [])
      expect(versions).toEqual(versions.toSorted((left, right) => left - right))
    }
  }
}

/** The mails that must be there, as `event template account`, each exactly once. */
const expectMails = async (desk: Desk): Promise<void> => {
  const Wanted = z.object({ mail: z.string() })
  const written = await many(
    desk.app.pool,
    Wanted,
    sql`select m.tenant_id || ' ' || m.event_id || ' ' || m.template || ' ' || m.account_id as mail from emails m`,
  )
  const due = (await eventsOf(desk)).flatMap(({ tenant_id, event_id, type, subject_id }) => {
    const followers: Record<string, string[]> = {
      'ticket.created': ['ticket_created_customer CUS0001', 'ticket_created_admin ada'],
      'ticket.assigned': ['ticket_assigned_customer CUS0001', 'ticket_assigned_technician TEC0001'],
      'customer.registered': [`customer_registered ${subject_id}`],
    }
    return (followers[type] ?? []).map((follower) => `${tenant_id} ${event_id} ${follower}`)
  })
  expect(due.length).toBeGreaterThan(0)
  expect(written.map(({ mail }) => mail).sort()).toEqual(due.sort())
}

const raise = async ({ cleo, ada, tess }: World, isAssigned = false): Promise<void> => {
  const { body } = await cleo.post('/tickets', { issue_category: 'Network', issue_description: 'No network' })
  if (isAssigned) await ada.put(`/tickets/${body.ticket_id}`, { technician_id: tess.id })
}
/** Events that nobody follows. */
const pile = (desk: Desk, tenantId: number, count: number): Promise<unknown> =>
  exec(
    desk.app.pool,
    sql`insert into events (tenant_id, type, subject_id, actor_role)
        select ${tenantId}, 'thing.happened', 'x' || n, 'system' from generate_series(1, ${count}) n`,
  )
const tenantOf = (desk: Desk, { slug }: World): Promise<number> => getTenantId(desk.app, slug)

test('two processes, three tenants, everybody writing at once: no gap, no disorder, each mail once', async () => {
  const first = await start(true)
  const second = await startDesk({ databaseUrl: first.databaseUrl })
  undo.push(second.stop)
  const worlds = [await createWorld(first), await createWorld(second), await createWorld(first)]
  await Promise.all(Array.from({ length: 90 }, (_, n) => raise(worlds[n % 3] ?? (worlds[0] as World), n % 2 === 0)))
  await first.settled()
  await expectInOrder(first)
  await expectMails(first)
})

test('what many follow at the same time is handed on once, and in order', async () => {
  const desk = await start()
  const worlds = [await createWorld(desk), await createWorld(desk)]
  const { batches, consume } = recorder()
  for (let n = 0; n < 3; n += 1) follow(desk, [consume])
  await Promise.all(Array.from({ length: 60 }, (_, n) => raise(worlds[n % 2] ?? (worlds[0] as World))))
  await expect.poll(() => placed(desk), patience).toBe(true)
  const events = await eventsOf(desk)
  for (const { tenant_id } of await headsOf(desk)) {
    const handed = batches.flat().filter(([tenantId]) => tenantId === tenant_id)
    const inOrder = events.filter((event) => event.tenant_id === tenant_id).map(({ event_id }) => event_id)
    expect(handed.map(([, eventId]) => eventId)).toEqual(inOrder)
  }
  await expectInOrder(desk)
})

test('a batch has its limit, and what is left comes with the next', async () => {
  const desk = await start()
  const tenantId = await tenantOf(desk, await createWorld(desk))
  await fanOutOnce(desk.app.pool, [], 500)
  await pile(desk, tenantId, 7)
  const { batches, consume } = recorder()
  for (const expected of [3, 3, 1, 0]) expect(await fanOutOnce(desk.app.pool, [consume], 3)).toBe(expected)
  expect(batches.map((batch) => batch.length)).toEqual([3, 3, 1])
  await expectInOrder(desk)
})

describe('an event that a consumer cannot take', () => {
  const refusing = (subject: string): Consumer => {
    return async (tx, { eventIds }) => {
      const { rows } = await tx.query(
        'select exists (select from events e where e.event_id = any ($1) and e.subject_id = $2) as is_bad',
        [eventIds, subject],
      )
      if (rows[0].is_bad) throw new Error('this one I cannot take')
    }
  }

  test('gets its position and nothing else, is told of once, and all others get what is theirs', async () => {
    const desk = await start()
    const world = await createWorld(desk)
    const lines: string[] = []
    const log = createLog('error', { write: (line) => void lines.push(line) })
    const { batches, consume } = recorder()
    for (let n = 0; n < 30; n += 1) await raise(world)
    follow(desk, [refusing('TKT0012'), consume], log)
    follow(desk, [refusing('TKT0012'), consume], log)
    for (let n = 0; n < 10; n += 1) await raise(world)
    await expect.poll(() => placed(desk), patience).toBe(true)
    const events = await eventsOf(desk)
    const handed = batches.flat().map(([, eventId]) => eventId)
    const good = events.filter(({ subject_id }) => subject_id !== 'TKT0012').map(({ event_id }) => event_id)
    expect(handed.toSorted((left, right) => left - right)).toEqual(good.toSorted((left, right) => left - right))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('this one I cannot take')
    await expectInOrder(desk)
  })

  test('is never mistaken for another that was committed late', async () => {
    const desk = await start()
    const tenantId = await tenantOf(desk, await createWorld(desk))
    await fanOutOnce(desk.app.pool, [], 500)
    // A transaction that is not done yet has the lower id.
    const late = await connect(desk)
    await late.query('begin')
    const insert = `insert into events (tenant_id, type, subject_id, actor_role) values ($1, 'thing.happened', $2, 'system')`
    await late.query(insert, [tenantId, 'late'])
    await desk.app.pool.query(insert, [tenantId, 'bad'])
    const refuse = refusing('bad')
    const { batches, consume } = recorder()
    let isDone = false
    const consumer: Consumer = async (tx, batch) => {
      try {
        await refuse(tx, batch)
      } catch (error) {
        // Just when the bad one was tried alone, the other is done.
        if (!isDone && batch.eventIds.length === 1) {
          isDone = true
          await late.query('commit')
        }
        throw error
      }
    }
    follow(desk, [consumer, consume])
    await expect.poll(() => placed(desk), patience).toBe(true)
    const subjects = new Map((await eventsOf(desk)).map(({ event_id, subject_id }) => [event_id, subject_id]))
    expect(batches.flat().map(([, eventId]) => subjects.get(eventId))).toEqual(['late'])
  })

  test('does not hold up what comes after it for long: a batch is halved, not taken apart one by one', async () => {
    const desk = await start()
    const tenantId = await tenantOf(desk, await createWorld(desk))
    await fanOutOnce(desk.app.pool, [], 500)
    await pile(desk, tenantId, 490)
    let tried = 0
    const refuse = refusing('x400')
    const { batches, consume } = recorder()
    const counting: Consumer = async (tx, batch) => {
      tried += 1
      await refuse(tx, batch)
    }
    follow(desk, [counting, consume])
    await expect.poll(() => placed(desk), patience).toBe(true)
    expect(batches.flat()).toHaveLength(489)
    expect(tried).toBeLessThan(60)
  })
})

test('a tenant whose head somebody holds does not hold up the others, however much waits there', async () => {
  const desk = await start()
  const [held, free] = [await createWorld(desk), await createWorld(desk)]
  const heldId = await tenantOf(desk, held)
  await pile(desk, heldId, 1_200)
  await raise(free)
  const holder = await connect(desk)
  await holder.query('begin')
  await holder.query('select h.position from event_heads h where h.tenant_id = $1 for update', [heldId])
  follow(desk, [mailConsumer(desk.app)])
  const waitingOf = async (isHeld: boolean): Promise<number> =>
    (await eventsOf(desk)).filter((event) => event.position === null && (event.tenant_id === heldId) === isHeld).length
  await expect.poll(() => waitingOf(false), patience).toBe(0)
  expect(await waitingOf(true)).toBeGreaterThan(1_200)
  await holder.query('commit')
  await expect.poll(() => waitingOf(true), patience).toBe(0)
  await expectInOrder(desk)
  await expectMails(desk)
})

test('nothing is lost and nothing comes twice when its connection is killed in the middle', async () => {
  const desk = await start()
  const world = await createWorld(desk)
  for (let n = 0; n < 10; n += 1) await raise(world, true)
  let killed = 0
  const killer: Consumer = async (tx) => {
    killed += 1
    if (killed <= 2) await tx.query('select pg_terminate_backend(pg_backend_pid())')
  }
  follow(desk, [mailConsumer(desk.app), killer])
  follow(desk, [mailConsumer(desk.app), killer])
  await raise(world, true)
  await expect.poll(() => placed(desk), patience).toBe(true)
  expect(killed).toBeGreaterThan(2)
  await expectInOrder(desk)
  await expectMails(desk)
})

test('a working program whose worker loses all its connections goes on where it was', async () => {
  const desk = await start(true)
  const world = await createWorld(desk)
  const executioner = await connect(desk)
  const raising = Promise.all(Array.from({ length: 40 }, () => raise(world)))
  for (let n = 0; n < 10; n += 1) {
    await executioner.query(
      `select pg_terminate_backend(a.pid) from pg_stat_activity a
       where a.datname = current_database() and a.application_name = 'counterdesk worker'`,
    )
  }
  await raising
  await expect.poll(() => placed(desk), patience).toBe(true)
  await desk.settled()
  await expectInOrder(desk)
  await expectMails(desk)
})
