import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { many, one, sql } from '../../../platform/db/sql.ts'
import { createLog } from '../../../platform/log.ts'
import { startDatabaseProxy } from '../../../testing/peers/tcp-proxy.ts'
import { createTicket, createTickets, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password, type World } from '../../../testing/support/people.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { createTestDatabase } from '../../../testing/support/test-database.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import type { Customer } from '../../identity/accounts/actor.ts'
import { createTicket as createTicketAs } from './create-ticket.service.ts'

let desk: Desk
const log: string[] = []
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, log: createLog('warn', { write: (line) => void log.push(line) }) })
})
afterAll(() => desk?.stop())

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const numbersOf = (ids: string[]): number[] => ids.map((id) => Number(id.slice(3))).sort((left, right) => left - right)

/** An actor as sign-in would make it. The database says whether there is such a customer. */
const customerCalled = (accountId: string, tenantId: number): Customer => ({
  role: 'customer',
  tenantId,
  tenant: 'unused',
  accountId,
  name: accountId,
  email: 'unused@example.com',
  sessionId: 'unused',
  token: null,
})

const Tally = z.object({ count: z.int(), distinct: z.int(), min: z.int(), max: z.int(), counter: z.int() })
/** The tickets of a tenant and their counter, in one statement. */
const tally = (tenantId: number): Promise<z.output<typeof Tally>> =>
  one(
    desk.app.pool,
    Tally,
    sql`select count(*) as count, count(distinct t.ticket_number) as distinct, min(t.ticket_number) as min,
          max(t.ticket_number) as max, c.value as counter
        from tickets t join counters c on c.tenant_id = t.tenant_id and c.name = 'ticket'
        where t.tenant_id = ${tenantId} group by c.value`,
  )
const setCounter = (tenantId: number, name: string, value: number): Promise<unknown> =>
  desk.app.pool.query('update counters set value = $3 where tenant_id = $1 and name = $2', [tenantId, name, value])
const fill = (tenantId: number, numbers: number[]): Promise<unknown> =>
  desk.app.pool.query(
    `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id)
     select $1, n, 'Filled', 'Network', 'No network', 'CUS0001' from unnest($2::bigint[]) n`,
    [tenantId, numbers],
  )

test('64 at once in each of five tenants, a tenth of them failing: no gap, no number twice', async () => {
  // For some keys the database refuses the last statement of the transaction, which keeps the answer.
  await desk.owner.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
    create trigger doomed before update on idempotency_keys for each row
      when (new.key like 'doomed%') execute function refuse()`)
  const worlds = await Promise.all(range(1, 5).map(() => createWorld(desk)))
  const create = async (person: Person, n: number, sending: RequestInit = {}): Promise<string> => {
    const headers = { ...person.headers, 'Content-Type': 'application/json', ...sending.headers }
    const body = JSON.stringify({ ...issue, subject: `Number ${n}` })
    const response = await fetch(`${desk.url}/api/tickets`, { ...sending, method: 'POST', headers, body })
    const { ticket_id } = z.looseObject({ ticket_id: z.string().optional() }).parse(await response.json())
    return ticket_id ?? String(response.status)
  }
  const createForNobody = async (world: World): Promise<string> => {
    const actor = customerCalled('CUS9999', world.tenantId)
    const creation = createTicketAs(desk.app, { actor, requestId: null, receipt: null }, issue, undefined)
    return creation.then(
      ({ ticket_id }) => ticket_id,
      (error) => error.constraint,
    )
  }
  const attempt = (world: World, n: number): Promise<string> => {
    if (n % 20 === 3) return create(world.cleo, n, { headers: { 'Idempotency-Key': `doomed-${n}` } })
    if (n % 20 === 9) return createForNobody(world)
    if (n % 20 !== 15) return create(n % 2 === 0 ? world.cleo : world.carl, n)
    return create(world.cleo, n, { signal: AbortSignal.timeout(n % 7) }).catch(() => 'aborted')
  }
  const outcomes = await Promise.all(worlds.flatMap((world) => range(0, 63).map((n) => attempt(world, n))))
  for (const [place, world] of worlds.entries()) {
    const own = outcomes.slice(place * 64, place * 64 + 64)
    const acknowledged = own.filter((outcome) => outcome.startsWith('TKT'))
    const failed = own.filter((outcome) => !outcome.startsWith('TKT'))
    const expected = ['tickets_customer_fkey', 'events_actor_fkey', '500', 'aborted']
    for (const outcome of failed) expect(expected).toContain(outcome)
    expect(failed.filter((outcome) => outcome !== 'aborted')).toHaveLength(7)
    expect(new Set(acknowledged).size).toBe(acknowledged.length)
    const { count, ...rest } = await tally(world.tenantId)
    expect(rest).toEqual({ distinct: count, min: 1, max: count, counter: count })
    // A request that was aborted before the answer may have made a ticket; a request that failed has made none.
    expect(count).toBeGreaterThanOrEqual(acknowledged.length)
    expect(count).toBeLessThanOrEqual(acknowledged.length + failed.filter((outcome) => outcome === 'aborted').length)
    const last = await createTicket(world.cleo)
    expect(Number(last.slice(3))).toBeGreaterThan(count)
  }
})

test('the first hundred of a new tenant, all at once, are 1 to 100', async () => {
  const { cleo, carl } = await createWorld(desk)
  const replies = await Promise.all(range(1, 100).map((n) => (n % 2 === 0 ? cleo : carl).post('/tickets', issue)))
  expect(numbersOf(replies.map(({ body }) => body.ticket_id))).toEqual(range(1, 100))
})

describe('past 9999', () => {
  test('TKT9999 is followed by TKT10000, and both sort, page and look up by number', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    await fill(tenantId, [1, 1000, 9998])
    await setCounter(tenantId, 'ticket', 9998)
    expect(await createTickets(cleo, 3)).toEqual(['TKT9999', 'TKT10000', 'TKT10001'])
    await desk.app.pool.query(
      `update tickets set raised_date = '2024-01-01', updated_at = '2024-01-01' where tenant_id = $1`,
      [tenantId],
    )
    const order = ['TKT0001', 'TKT1000', 'TKT9998', 'TKT9999', 'TKT10000', 'TKT10001']
    for (const sort of ['raised_date', '-raised_date', '-updated_at', '-priority']) {
      const seen: string[] = []
      for (let cursor = '', isMore = true; isMore; ) {
        const { body } = await cleo.get(`/tickets?sort=${sort}&limit=1${cursor && `&cursor=${cursor}`}`)
        seen.push(body.tickets[0].ticket_id)
        isMore = body.page.has_more
        cursor = body.page.next_cursor ?? ''
      }
      expect(seen).toEqual(sort.startsWith('-') ? order.toReversed() : order)
    }
    for (const id of order) {
      expect((await ada.get(`/tickets/${id}`)).body.ticket_id).toBe(id)
      const found = (await ada.get(`/tickets?q=${id}`)).body.tickets
      expect(found.map(({ ticket_id }: { ticket_id: string }) => ticket_id)).toEqual([id])
    }
    for (const id of ['TKT010000', 'tkt10000', '10000']) {
      expect((await ada.get(`/tickets/${id}`)).body.ticket_id).toBe('TKT10000')
    }
    for (const id of ['TKT100000', 'TKT10002']) {
      expect(verdict(await ada.get(`/tickets/${id}`))).toEqual([404, 'ticket_not_found'])
    }
    for (const id of ['TKT1000.0', 'TKT1e4']) {
      expect(verdict(await ada.get(`/tickets/${id}`))).toEqual([404, 'route_not_found'])
    }
    await ada.delete('/tickets/TKT1000')
    expect((await ada.get('/tickets/TKT10000')).status).toBe(200)
  })

  test('customers and technicians too; and numbers that no 32 bits hold', async () => {
    const world = await createWorld(desk)
    const { ada, customer, technician, signIn, tenantId } = world
    for (const name of ['customer', 'technician']) await setCounter(tenantId, name, 9998)
    const [c1, c2] = [await customer('C1'), await customer('C2')]
    const [t1, t2] = [await technician('T1', 'X'), await technician('T2', 'X')]
    expect([c1.id, c2.id, t1.id, t2.id]).toEqual(['CUS9999', 'CUS10000', 'TEC9999', 'TEC10000'])
    const { customers } = (await ada.get('/customers')).body
    expect(customers.map(({ customer_id }: { customer_id: string }) => customer_id).slice(2)).toEqual([c1.id, c2.id])
    const { technicians } = (await ada.get('/technicians')).body
    expect(technicians.map((row: { technician_id: string }) => row.technician_id).slice(2)).toEqual([t1.id, t2.id])
    expect((await signIn('tec10000', password)).id).toBe('TEC10000')
    expect((await c2.get('/customers/CUS10000')).body.name).toBe('C2 Customer')
    await setCounter(tenantId, 'ticket', 2 ** 31 - 1)
    const { body } = await c2.post('/tickets', issue)
    expect(body.ticket_id).toBe('TKT2147483648')
    expect((await c2.get('/tickets/TKT2147483648')).body).toEqual(body)
  })
})

describe('a counter that is behind its table', () => {
  const movedUp = (name: string, tenantId: number): number =>
    log.filter((line) => {
      const { msg, counter, tenant_id } = JSON.parse(line)
      return /counter was behind/.test(msg) && counter === name && tenant_id === tenantId
    }).length

  test.each([
    ['in statements they share', (_: number): Record<string, string> => ({})],
    ['each in a transaction', (n: number): Record<string, string> => ({ 'Idempotency-Key': `key-${n}` })],
  ])('is moved up once by twenty tickets at once, %s', async (_, headersOf) => {
    const world = await createWorld(desk)
    const { tenantId } = world
    await fill(tenantId, range(1, 50))
    await world.ada.delete('/tickets/TKT0050')
    const replies = await Promise.all(
      range(1, 20).map((n) => world.cleo.post('/tickets', issue, { headers: headersOf(n) })),
    )
    expect(numbersOf(replies.map(({ body }) => body.ticket_id))).toEqual(range(51, 70))
    expect(movedUp('ticket', tenantId)).toBe(1)
    expect(await tally(tenantId)).toEqual({ count: 70, distinct: 70, min: 1, max: 70, counter: 70 })
  })

  test('is moved up by customers and technicians, too', async () => {
    const world = await createWorld(desk)
    const { tenantId } = world
    for (const n of range(3, 12)) await world.customer(`C${n}`)
    for (const name of ['customer', 'technician']) await setCounter(tenantId, name, 0)
    const people = await Promise.all([
      ...range(1, 5).map((n) => world.customer(`New${n}`)),
      ...range(1, 5).map((n) => world.technician(`Staff${n}`, 'X')),
    ])
    const ids = (prefix: string): string[] => people.map(({ id }) => id).filter((id) => id.startsWith(prefix))
    expect(numbersOf(ids('CUS'))).toEqual(range(13, 17))
    expect(numbersOf(ids('TEC'))).toEqual(range(3, 7))
    expect([movedUp('customer', tenantId), movedUp('technician', tenantId)]).toEqual([1, 1])
    await setCounter(tenantId, 'customer', 0)
    const invited = await world.ada.post('/customers', { name: 'I', email: `i@${world.slug}.example.com` })
    expect(invited.body.customer_id).toBe('CUS0018')
  })
})

test('tickets whose shared commit has an unknown outcome are not created again', async () => {
  const database = await createTestDatabase()
  const { proxy, url } = await startDatabaseProxy(database.url)
  const behind = await startDesk({ withWorker: false, databaseUrl: url })
  const direct = new pg.Client({ connectionString: database.url })
  await direct.connect()
  try {
    const { cleo, tenantId } = await createWorld(behind)
    const actor = customerCalled(cleo.id, tenantId)
    // Each insert of a ticket waits in the database until the test releases its category.
    await direct.query(`
      create function wait() returns trigger language plpgsql as $$
        begin perform pg_advisory_xact_lock_shared(hashtext(new.issue_category)); return new; end $$;
      create trigger waits before insert on tickets for each row execute function wait()`)
    const hold = (category: string) => direct.query('select pg_advisory_lock(hashtext($1))', [category])
    const letGo = (category: string) => direct.query('select pg_advisory_unlock(hashtext($1))', [category])
    const patience = { timeout: 10_000, interval: 2 }
    const isHeldUp = async (): Promise<boolean> => {
      const { rows } = await direct.query(
        `select exists (select from pg_locks l where l.locktype = 'advisory' and not l.granted
           and l.database = (select d.oid from pg_database d where d.datname = current_database())) as held`,
      )
      return rows[0].held
    }
    for (const category of ['First', 'Others']) await hold(category)
    const createIn = (issue_category: string) =>
      createTicketAs(behind.app, { actor, requestId: null, receipt: null }, { ...issue, issue_category }, undefined)
    const first = createIn('First')
    await expect.poll(isHeldUp, patience).toBe(true)
    const others = Promise.allSettled(range(1, 5).map(() => createIn('Others')))
    await letGo('First')
    expect((await first).ticket_id).toBe('TKT0001')
    await expect.poll(isHeldUp, patience).toBe(true)
    // The tickets are written and the commit is on its way when the connection breaks.
    proxy.cut()
    for (const { status } of await others) expect(status).toBe('rejected')
    await letGo('Others')
    const count = async (): Promise<number> => (await direct.query('select count(*)::int as n from tickets')).rows[0].n
    await expect.poll(count, patience).toBe(6)
    expect((await createIn('First')).ticket_id).toBe('TKT0007')
  } finally {
    await direct.end()
    await behind.stop()
    await proxy.stop()
    await database.drop()
  }
})

test('numbers are bigint in the database and never text in between', async () => {
  const Column = z.object({ data_type: z.string() })
  const types = await many(
    desk.app.pool,
    Column,
    sql`select distinct c.data_type from information_schema.columns c
        where c.table_schema = 'public' and (c.column_name like '%\_number' or (c.table_name, c.column_name) = ('counters', 'value'))
          and c.column_name not in ('phone_number', 'epoch_number', 'try_number', 'tenant_number', 'unit_number')`,
  )
  expect(types).toEqual([{ data_type: 'bigint' }])
})
