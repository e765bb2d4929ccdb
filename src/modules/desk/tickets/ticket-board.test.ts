import { afterAll, beforeAll, expect, test } from 'vitest'
import { assignTicket, createTicket, mergeTicket, resolveTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { cardsAtMost, columnsAtMost } from './ticket-board.schemas.ts'

let desk: Desk
let world: World

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

interface Column {
  technician_id: string | null
  open: Record<string, number>
  tickets: { ticket_id: string }[]
}
const board = async (): Promise<{ columns: Column[]; more: boolean }> => bodyOf(await world.ada.get('/tickets/board'))
const columnOf = async (id: string | null) =>
  (await board()).columns.find(({ technician_id }) => technician_id === id) as Column
const idsOf = ({ tickets }: Column): string[] => tickets.map(({ ticket_id }) => ticket_id)

test('admins read who has which unresolved tickets, the most urgent and oldest first', async () => {
  const { ada, tess, cleo, carl } = world
  const [low, urgent, high, later] = [
    await createTicket(cleo, { priority: 'low' }),
    await createTicket(cleo, { priority: 'urgent' }),
    await createTicket(cleo, { priority: 'high' }),
    await createTicket(cleo, { priority: 'urgent' }),
  ]
  const [merged, target, deleted, resolved] = [
    await createTicket(carl),
    await createTicket(carl),
    await createTicket(carl),
    await createTicket(carl),
  ]
  await mergeTicket(ada, merged, target)
  expectSuccess(await ada.delete(`/tickets/${deleted}`))
  await resolveTicket(ada, resolved, tess)
  expect((await board()).columns.map(({ technician_id }) => technician_id).slice(0, 2)).toEqual([null, tess.id])
  const free = await columnOf(null)
  expect([idsOf(free), free.open]).toEqual([
    [urgent, later, high, target, low],
    { low: 1, normal: 1, high: 1, urgent: 2 },
  ])
  await assignTicket(ada, low, tess)
  await assignTicket(ada, later, tess)
  expectSuccess(await ada.put(`/tickets/${low}`, { status: 'in_progress' }))
  const own = await columnOf(tess.id)
  expect([idsOf(own), own.open]).toEqual([[later, low], { low: 1, normal: 0, high: 0, urgent: 1 }])
  expect(own).toMatchObject({ name: 'Tess Technician', category: 'Network', available: true })
  expect(own.tickets[0]).not.toHaveProperty('issue_description')
  expect(idsOf(await columnOf(null))).toEqual([urgent, high, target])
})

test('a deactivated technician has no column, and nobody else reads the board', async () => {
  const { ada, tom, tess, cleo } = world
  expectRefusal(await tess.get('/tickets/board'), 403, 'forbidden')
  expectRefusal(await cleo.get('/tickets/board'), 403, 'forbidden')
  expectSuccess(await ada.delete(`/technicians/${tom.id}`))
  expect(await columnOf(tom.id)).toBeUndefined()
})

test('columns and cards are bounded, and counts go on', async () => {
  const { tenantId, cleo } = world
  const before = await columnOf(null)
  await desk.owner.query(
    `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, customer_id)
     select $1, 1000 + n, 'Many', 'Network', 'Many', 'high', $2 from generate_series(1, 130) n`,
    [tenantId, cleo.id],
  )
  await desk.owner.query(
    `with a as (
       insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status)
       select $1, public_id('TEC', 1000 + n), 'technician', 'many' || n, 'many' || n || '@example.com', 'Many', 'invited'
       from generate_series(1, ${columnsAtMost}) n)
     insert into technicians (tenant_id, technician_number, phone_number, category)
     select $1, 1000 + n, '+49 30 1', 'Lift' from generate_series(1, ${columnsAtMost}) n`,
    [tenantId],
  )
  const { columns, more } = await board()
  expect([columns.length, more]).toEqual([columnsAtMost + 1, true])
  const free = columns[0] as Column
  expect([free.tickets.length, free.open]).toEqual([cardsAtMost, { ...before.open, high: 100 }])
})
