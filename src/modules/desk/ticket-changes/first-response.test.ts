import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../../platform/db/sql.ts'
import {
  assignTicket,
  comment,
  createAssignedTicket,
  createTicket,
  mergeTicket,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const firstResponse = async (person: Person, id: string): Promise<string | null> =>
  bodyOf(await person.get(`/tickets/${id}`)).first_response_at

test('the first public act of the staff is the first response: a comment, a file, or resolving', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const acts: Record<string, (id: string, by: Person) => Promise<unknown>> = {
    comment: async (id, by) => expectSuccess(await comment(by, id, 'We are on it.')),
    file: (id, by) => attach(desk, by, id, textFile(), 'public'),
    'internal file in a public comment': async (id, by) => {
      const { attachment_id } = await attach(desk, by, id, textFile(), 'internal')
      const said = { body: 'See the log.', visibility: 'public', attachment_ids: [attachment_id] }
      expectSuccess(await by.post(`/tickets/${id}/comments`, said))
    },
    resolving: async (id, by) =>
      expectSuccess(await by.put(`/tickets/${id}`, { status: 'resolved', resolution_summary: 'Done.' })),
  }
  for (const [name, act] of Object.entries(acts)) {
    for (const person of [ada, tess]) {
      const id = await createAssignedTicket(world, 'in_progress')
      await act(id, person)
      const { first_response_at, version } = bodyOf(await cleo.get(`/tickets/${id}`))
      expect([name, first_response_at], name).toEqual([name, expect.any(String)])
      expect(version, name).toBe(name === 'resolving' ? 4 : 3)
      // A later act leaves it as it is.
      await comment(ada, id, 'And more.')
      expect(await firstResponse(cleo, id)).toBe(first_response_at)
    }
  }
})

test('what the customer does, or is not told of, is no response', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const id = await createTicket(cleo)
  await attach(desk, cleo, id)
  await comment(cleo, id, 'Still down.')
  await assignTicket(ada, id, tess)
  await attach(desk, tess, id, textFile(), 'internal')
  await comment(tess, id, 'The switch.', 'internal')
  expectSuccess(await tess.put(`/tickets/${id}`, { priority: 'urgent', resolution_summary: 'A draft.' }))
  await moveTicket(tess, id, 'in_progress', 'waiting')
  await expectRefusal(cleo.put(`/tickets/${id}`, { status: 'resolved' }), 403, 'forbidden')
  const created = await createTicket(ada, { customer_id: cleo.id })
  await assignTicket(ada, created, tess)
  for (const ticket of [id, created]) expect(await firstResponse(cleo, ticket)).toBeNull()
  // A ticket that was resolved before there was a response: correcting it is none.
  await moveTicket(tess, id, 'resolved')
  await exec(desk.owner, sql`update tickets set first_response_at = null where tenant_id = ${world.tenantId}`)
  expectSuccess(await ada.put(`/tickets/${id}`, { subject: 'Other words' }))
  expect(await firstResponse(cleo, id)).toBeNull()
})

test('deleting the response does not take it back', async () => {
  const world = await createWorld(desk)
  const { tess, cleo } = world
  const [first, second] = [await createAssignedTicket(world), await createAssignedTicket(world)]
  const said = bodyOf(await comment(tess, first, 'We are on it.'))
  const file = await attach(desk, tess, second, textFile(), 'public')
  const stamps = [await firstResponse(cleo, first), await firstResponse(cleo, second)]
  expectSuccess(await tess.delete(`/tickets/${first}/comments/${said.comment_id}`))
  expectSuccess(await tess.delete(`/tickets/${second}/attachments/${file.attachment_id}`))
  expect([await firstResponse(cleo, first), await firstResponse(cleo, second)]).toEqual(stamps)
  expect(stamps).not.toContain(null)
})

test('a response on a merged ticket is one of its final target, once for each upload', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const [source, target] = [await createAssignedTicket(world), await createAssignedTicket(world)]
  await mergeTicket(ada, source, target)
  await attach(desk, tess, source, textFile(), 'public')
  const stamp = await firstResponse(cleo, target)
  expect(stamp).not.toBeNull()
  await attach(desk, ada, target, textFile(), 'public')
  expect(await firstResponse(cleo, target)).toBe(stamp)
  expectSuccess(await ada.post(`/tickets/${source}/unmerge`))
  expect(await firstResponse(cleo, source)).toBeNull()
})
