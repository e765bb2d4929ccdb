import { afterAll, beforeAll, expect, test } from 'vitest'
import { comment, createAssignedTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { listShownEvents, type ShownEvent } from './shown-events.queries.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk()
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** What people get of the log after a position. */
const read = async (people: Person[], after = 0) => {
  await desk.settled()
  const accounts = people.map(({ id }) => id)
  return listShownEvents(desk.app.pool, world.tenantId, accounts, { after, limit: 2_000 })
}
const typesOf = (rows: ShownEvent[], { id }: Person): string[] =>
  rows.flatMap(({ account_id, type, subject_id }) => (account_id === id ? [`${type} ${subject_id}`] : []))

test('each reader gets the events of the tickets that they see now, and admins get all events', async () => {
  const { ada, tess, tom, cleo, carl } = world
  const { head: after } = await read([ada])
  const id = await createAssignedTicket(world)
  bodyOf(await comment(tess, id, 'They never look.', 'internal'))
  const { head, through, epoch, rows } = await read([ada, tess, tom, cleo, carl], after)
  expect([head, through]).toEqual([after + 3, after + 3])
  expect(epoch).toMatch(/^[a-z0-9]{12}$/)
  const all = ['ticket.created', 'ticket.assigned', 'comment.added'].map((type) => `${type} ${id}`)
  expect(typesOf(rows, ada)).toEqual(all)
  expect(typesOf(rows, tess)).toEqual(all)
  expect(typesOf(rows, cleo)).toEqual(all.slice(0, 2))
  expect(typesOf(rows, tom)).toEqual([])
  expect(typesOf(rows, carl)).toEqual([])
})

test('who loses a ticket gets its id, and nothing more', async () => {
  const { ada, tess, tom, cleo } = world
  const id = await createAssignedTicket(world)
  const { head: after } = await read([ada])
  bodyOf(await ada.put(`/tickets/${id}`, { technician_id: tom.id }))
  const { rows } = await read([tess, tom, cleo], after)
  expect(typesOf(rows, tess)).toEqual([`ticket.hidden ${id}`])
  expect(rows.find(({ account_id }) => account_id === tess.id)).toMatchObject({
    shown: 'hidden',
    actor_id: null,
    actor_name: null,
    subject_version: null,
    changes: {},
    details: { ticket_id: id },
  })
  expect(typesOf(rows, tom)).toEqual([`ticket.assigned ${id}`])
  expect(await createTicket(cleo)).not.toBe(id)
})
