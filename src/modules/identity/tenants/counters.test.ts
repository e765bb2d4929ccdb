import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../../platform/log.ts'
import { createTicket, createTickets, issue } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
const log: string[] = []
beforeAll(async () => {
  desk = await startDesk({ withWorker: false, log: createLog('warn', { write: (line) => void log.push(line) }) })
})
afterAll(() => desk?.stop())

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const ticketIds = (from: number, to: number): string[] => range(from, to).map((n) => `TKT${String(n).padStart(4, '0')}`)

const loseCounters = ({ tenantId }: World) =>
  sqlOn(desk.databaseUrl, 'delete from counters where tenant_id = $1', [tenantId])

const countersOf = async ({ tenantId }: World): Promise<Record<string, number>> => {
  const statement = 'select c.name, c.value::integer from counters c where c.tenant_id = $1'
  const rows = await sqlOn(desk.databaseUrl, statement, [tenantId])
  return Object.fromEntries(rows.map(({ name, value }) => [String(name), Number(value)]))
}

const saidMissing = ({ tenantId }: World): string[] =>
  log
    .map((line) => JSON.parse(line))
    .filter(({ msg, tenant_id }) => /counter was missing/.test(msg) && tenant_id === tenantId)
    .map(({ counter }) => counter)

test.each([
  ['in statements they share', (_: number): Record<string, string> => ({})],
  ['each in a transaction', (n: number): Record<string, string> => ({ 'Idempotency-Key': `key-${n}` })],
])('a missing counter of tickets is made anew by ten tickets at once, %s', async (_, headersOf) => {
  const [world, other] = [await createWorld(desk), await createWorld(desk)]
  await createTickets(world.cleo, 3)
  await world.ada.delete('/tickets/TKT0003')
  await loseCounters(world)
  const [replies, elsewhere] = await Promise.all([
    Promise.all(range(1, 10).map((n) => world.cleo.post('/tickets', issue, { headers: headersOf(n) }))),
    createTicket(other.cleo),
  ])
  expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(201))
  expect(replies.map(({ body }) => body.ticket_id).toSorted()).toEqual(ticketIds(4, 13))
  expect(elsewhere).toBe('TKT0001')
  expect(saidMissing(world)).toEqual(['ticket'])
  expect(await countersOf(world)).toEqual({ ticket: 13 })
})

test('so are those of customers and technicians, whoever creates them', async () => {
  const world = await createWorld(desk)
  await loseCounters(world)
  const [registered, tessa] = await Promise.all([world.customer('Nina'), world.technician('Tessa', 'Network')])
  expect([registered.id, tessa.id]).toEqual(['CUS0003', 'TEC0003'])
  await loseCounters(world)
  const invited = await world.ada.post('/customers', { name: 'Ines', email: `ines@${world.slug}.example.com` })
  expect([invited.status, invited.body.customer_id]).toEqual([201, 'CUS0004'])
  expect(saidMissing(world).toSorted()).toEqual(['customer', 'customer', 'technician'])
  expect(await countersOf(world)).toEqual({ customer: 4 })
})

test('a table without rows is numbered from one, and a refusal takes no number', async () => {
  const world = await createWorld(desk)
  await loseCounters(world)
  expect(verdict(await world.ada.post('/tickets', { ...issue, customer_id: 'CUS0009' }))[0]).toBe(422)
  const email = `tess@${world.slug}.example.com`
  expect(verdict(await world.ada.post('/customers', { name: 'Twin', email }))).toEqual([409, 'email_taken'])
  expect((await createTickets(world.cleo, 10)).toSorted()).toEqual(ticketIds(1, 10))
  expect((await world.customer('Nora')).id).toBe('CUS0003')
})
