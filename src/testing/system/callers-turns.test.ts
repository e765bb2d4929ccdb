import type { PoolClient } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitingForTurns } from '../../platform/db/connection-turns.ts'
import { comment, createTicket, ticketAbout } from '../support/create-tickets.ts'
import { createWorld, type Person, type World } from '../support/people.ts'
import { createApi, type Reply } from '../support/requests.ts'
import { until } from '../support/waiting.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// How many connections a caller holds, through HTTP. A lock that the test holds keeps requests at their connections; on
// a slow machine the wait for it may time out, and the next requests wait for it.

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, settings: { TRUST_PROXY: '1' } })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** Runs something while rows are locked by a transaction of the test. */
const whileLocked = async (lock: string, values: unknown[], work: () => Promise<void>): Promise<void> => {
  const holder: PoolClient = await desk.owner.connect()
  try {
    await holder.query('begin')
    await holder.query(lock, values)
    await work()
  } finally {
    await holder.query('rollback')
    holder.release()
  }
}
const lockTickets = 'select from tickets t where t.tenant_id = $1 for update'

/** How many connections of the program wait for a lock. */
const held = async (): Promise<number> => {
  const { rows } = await desk.owner.query(
    `select count(*)::integer as count from pg_stat_activity a
     where a.datname = current_database() and a.application_name = 'counterdesk' and a.wait_event_type = 'Lock'`,
  )
  return rows[0].count
}
const waiting = (): number => waitingForTurns(desk.app.turns)

/** Sends requests at once, and collects the replies as they come. */
const sendAtOnce = (count: number, send: (index: number) => Promise<Reply>) => {
  const replies: Reply[] = []
  const all = Promise.all(Array.from({ length: count }, async (_, index) => replies.push(await send(index))))
  return { replies, all, statuses: () => replies.map(({ status }) => status).toSorted() }
}

test('an account holds four connections, the next requests wait without one, and the rest is told to come later', async () => {
  const { turns } = desk.app
  const usual = turns.account
  turns.account = { ...usual, waiting: 20 }
  const id = await createTicket(world.cleo)
  const asked = Array.from({ length: 30 }, (_, index) => index)
  const sent = { comments: sendAtOnce(0, () => comment(world.cleo, id, '')) }
  await whileLocked(lockTickets, [world.tenantId], async () => {
    sent.comments = sendAtOnce(asked.length, (index) => comment(world.cleo, id, `No ${index}`))
    await until('the rest is refused', () => sent.comments.replies.length === 6)
    for (const { status, body, headers } of sent.comments.replies) {
      expect([status, body.code, headers.get('retry-after')]).toEqual([429, 'too_many_at_once', '2'])
    }
    await until('four wait for the lock', async () => (await held()) === 4)
    expect(desk.app.pool.waitingCount).toBe(0)
    // Others get on, as if nothing were the matter.
    for (const person of [world.carl, world.tess, world.ada]) {
      expect((await person.get('/tickets')).status).toBe(200)
    }
    await until('four still wait for the lock', async () => (await held()) === 4)
  })
  await sent.comments.all
  const refused = sent.comments.statuses().filter((status) => status === 429)
  expect(refused).toHaveLength(6)
  expect(sent.comments.statuses()).toContain(201)
  turns.account = usual
  expect(turns.queues.size).toBe(0)
})

test('creates of an account share a statement, so any number of them count as one', async () => {
  const { turns } = desk.app
  const usual = turns.account
  turns.account = { ...usual, waiting: 1 }
  const creates = sendAtOnce(60, (index) => world.carl.post('/tickets', ticketAbout(`No ${index}`)))
  await creates.all
  expect(creates.statuses()).toEqual(Array(60).fill(201))
  turns.account = usual
  expect(turns.queues.size).toBe(0)
})

test('a client that goes away while it waits leaves the line at once', async () => {
  const id = await createTicket(world.cleo)
  const leave = new AbortController()
  const write = (text: string, signal?: AbortSignal): Promise<Response> =>
    fetch(`${desk.url}/api/tickets/${id}/comments`, {
      method: 'POST',
      headers: { ...world.cleo.headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ body: text, visibility: 'public' }),
      signal,
    })
  const stayed: Promise<Response>[] = []
  await whileLocked(lockTickets, [world.tenantId], async () => {
    stayed.push(...Array.from({ length: 4 }, () => write('Stayed')))
    await until('four wait for the lock', async () => (await held()) === 4)
    const gone = Array.from({ length: 5 }, () => write('Gone', leave.signal).catch(() => null))
    await until('five wait in line', () => waiting() === 5)
    leave.abort()
    expect(await Promise.all(gone)).toEqual(Array(5).fill(null))
    await until('nobody waits in line', () => waiting() === 0)
  })
  const written = (await Promise.all(stayed)).filter(({ status }) => status === 201)
  const { body } = await world.cleo.get(`/tickets/${id}/comments`)
  expect(body.comments.map((one: { body: string }) => one.body)).toEqual(Array(written.length).fill('Stayed'))
  expect(desk.app.turns.queues.size).toBe(0)
})

test('many accounts of a tenant leave connections to other tenants', async () => {
  const other = await createWorld(desk)
  const people: Person[] = [world.cleo, world.carl, await world.customer()]
  const ids = await Promise.all(people.map((person) => createTicket(person)))
  const sent = { comments: sendAtOnce(0, () => comment(world.cleo, '', '')) }
  await whileLocked(lockTickets, [world.tenantId], async () => {
    sent.comments = sendAtOnce(12, (index) => comment(people[index % 3] as Person, ids[index % 3] ?? '', 'Said'))
    await until('eight wait for the lock', async () => (await held()) === 8)
    for (const person of [other.cleo, other.ada]) expect((await person.get('/tickets')).status).toBe(200)
    await until('eight still wait for the lock', async () => (await held()) === 8)
    expect(desk.app.pool.waitingCount).toBe(0)
  })
  await sent.comments.all
  expect(sent.comments.statuses()).toContain(201)
})

test('accounts whose requests share transactions and reads leave connections to other tenants, too', async () => {
  const other = await createWorld(desk)
  const people: Person[] = []
  while (people.length < 12) people.push(await world.customer())
  const ids = await Promise.all(people.map((person) => createTicket(person)))
  const sent = { comments: sendAtOnce(0, () => comment(world.cleo, '', '')) }
  const lockAccounts = 'select from accounts a where a.tenant_id = $1 for update'
  await whileLocked(lockAccounts, [world.tenantId], async () => {
    sent.comments = sendAtOnce(12, (index) => comment(people[index] as Person, ids[index] ?? '', 'Said'))
    await until('all others wait for a turn', async () => waiting() === 4)
    await until('eight wait for the lock', async () => (await held()) === 8)
    const reading = people[0]?.get(`/tickets/${ids[0]}`)
    await until('who reads waits for a turn, too', async () => waiting() === 5)
    expect((await other.ada.get('/tickets')).status).toBe(200)
    expect(desk.app.pool.waitingCount).toBe(0)
    expect(await Promise.race([reading, Promise.resolve('not yet')])).toBe('not yet')
  })
  await sent.comments.all
  expect(sent.comments.statuses()).toContain(201)
  expect(desk.app.turns.queues.size).toBe(0)
})

test('callers who are not signed in wait by their address', async () => {
  const from = (address: string) =>
    createApi(desk.url, { 'X-Tenant': world.slug, 'X-Forwarded-For': address }).post('/auth/login', {
      user_id_or_email: world.cleo.email,
      password: world.cleo.password,
    })
  const lockAccount = 'select from accounts a where a.tenant_id = $1 and a.account_id = $2 for update'
  const sent = { signIns: sendAtOnce(0, () => from('')), another: sendAtOnce(0, () => from('')) }
  await whileLocked(lockAccount, [world.tenantId, world.cleo.id], async () => {
    sent.signIns = sendAtOnce(7, () => from('198.51.100.1'))
    await until('four wait for the lock', async () => (await held()) === 4)
    sent.another = sendAtOnce(1, () => from('198.51.100.2:4001'))
    await until('one of another address waits as well', async () => (await held()) === 5)
  })
  await Promise.all([sent.signIns.all, sent.another.all])
  expect(sent.signIns.statuses()).toContain(200)
  expect(sent.another.statuses()).not.toContain(429)
})

test('requests of a session at the same time look once for their account', async () => {
  const { app } = desk
  let taken = 0
  const count = (): void => {
    taken += 1
  }
  app.principals.clear()
  app.pool.on('acquire', count)
  const asked = sendAtOnce(40, () => world.tess.get('/auth/me'))
  await asked.all
  app.pool.off('acquire', count)
  expect(asked.statuses()).toEqual(Array(40).fill(200))
  // The session is looked up again when the second of its entry is over.
  expect(taken).toBeLessThan(4)
})
