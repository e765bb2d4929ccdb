import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAssignedTicket, createTicket, createTickets } from '../../../testing/support/create-tickets.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

test('a ticket that many read at once is read by those who see it, and as each of them sees it', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo, carl } = world
  const path = `/tickets/${await createAssignedTicket(world)}`
  const both = await Promise.all([ada, tess, cleo, tom, carl].flatMap((person) => [person.get(path), person.get(path)]))
  expect(both.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200, 404, 404, 404, 404])
  expect(both.map(({ body }) => body.tags)).toEqual([[], [], [], [], null, null, ...Array(4).fill(undefined)])
})

test('of tickets that are read at once each answer has its own, and one that is not there is missing alone', async () => {
  const { ada, cleo } = await createWorld(desk)
  const ids = await createTickets(cleo, 12)
  const [missing, ...found] = await Promise.all(['TKT0999', ...ids].map((id) => ada.get(`/tickets/${id}`)))
  expect(missing && verdict(missing)).toEqual([404, 'ticket_not_found'])
  expect(found.map(({ body }) => body.ticket_id)).toEqual(ids)
})

test('the same id read at once in two tenants is a ticket of each', async () => {
  const [here, there] = [await createWorld(desk), await createWorld(desk)]
  const id = await createAssignedTicket(here)
  expect(await createTicket(there.cleo)).toBe(id)
  const both = await Promise.all([here, there].map(({ ada }) => ada.get(`/tickets/${id}`)))
  expect(both.map(({ body }) => body.technician_id)).toEqual([here.tess.id, null])
})
