import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  comment,
  createAssignedTicket,
  createTickets,
  deleteTicket,
  linksOfTicket,
  linkTicket,
  mergeTicket,
  moveTicket,
  restoreTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

describe('at the same moment', () => {
  test('a deletion and a merge, a comment, an unmerge or another deletion: one is before the other', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const outcomes = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      const [source = '', target = '', merged = ''] = await createTickets(cleo, 3)
      await mergeTicket(ada, merged, target)
      const acts = [
        () => ada.delete(`/tickets/${target}`),
        () => ada.post(`/tickets/${source}/merge`, { into: target }),
        () => comment(cleo, merged, 'Still down.'),
        () => (round % 3 === 0 ? ada.post(`/tickets/${merged}/unmerge`) : ada.delete(`/tickets/${merged}`)),
      ]
      const replies = await Promise.all((round % 2 === 0 ? acts : acts.toReversed()).map((act) => act()))
      for (const { status, text } of replies) expect([200, 201, 204, 404, 422], text).toContain(status)
      outcomes.add(replies.map(({ status }) => status).join(' '))
      await Promise.all([restoreTicket(ada, target), ada.delete(`/tickets/${target}`), restoreTicket(ada, target)])
      // No ticket that is there is merged into one that is not.
      const { rows } = await desk.owner.query(
        `select t.ticket_id from tickets t
         join tickets u on u.tenant_id = t.tenant_id and u.ticket_number = t.merged_into_number
         where t.tenant_id = $1 and t.deleted_at is null and u.deleted_at is not null`,
        [tenantId],
      )
      expect(rows).toEqual([])
    }
    expect(outcomes.size).toBeGreaterThan(1)
  })

  test('restoring from both ends and linking anew: each link is there once, and none is lost', async () => {
    const { ada, cleo } = await createWorld(desk)
    for (let round = 0; round < 10; round += 1) {
      const [a = '', b = ''] = await createTickets(cleo, 2)
      await linkTicket(ada, a, 'parent', b)
      await linkTicket(ada, a, 'related', b)
      await Promise.all([deleteTicket(ada, a), deleteTicket(ada, b)])
      for (const reply of await Promise.all([restoreTicket(ada, a), restoreTicket(ada, b)])) expectSuccess(reply)
      expect(await linksOfTicket(ada, a)).toEqual([`parent ${b}`, `related ${b}`])
    }
  })

  test('restoring and the deactivation of the technician: nobody deactivated keeps an open ticket', async () => {
    for (let round = 0; round < 4; round += 1) {
      const world = await createWorld(desk)
      const { ada, tess } = world
      const id = await createAssignedTicket(world)
      await moveTicket(tess, id, 'in_progress')
      await deleteTicket(ada, id)
      const acts = [() => restoreTicket(ada, id), () => ada.delete(`/technicians/${tess.id}`)]
      for (const reply of await Promise.all((round % 2 === 0 ? acts : acts.toReversed()).map((act) => act()))) {
        expectSuccess(reply)
      }
      expect(bodyOf(await ada.get(`/tickets/${id}`))).toMatchObject({ status: 'new', technician_id: null })
    }
  })
})
