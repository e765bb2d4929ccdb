import { afterAll, beforeAll, expect, test } from 'vitest'
import { assignTicket, comment, createAssignedTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const note = (person: Person, id: string) => comment(person, id, 'It was the switch last time.', 'internal')

test('a watcher of the staff notes on the ticket, with a file, and does not answer the customer', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const id = await createAssignedTicket(world)
  await expectRefusal(note(tom, id), 404, 'ticket_not_found')
  expectSuccess(await tess.put(`/tickets/${id}/watchers/${tom.id}`))
  const file = await attach(desk, tom, id)
  expect(file.visibility).toBe('internal')
  const noted = { body: 'See the log.', visibility: 'internal', attachment_ids: [file.attachment_id] }
  const said = bodyOf(await tom.post(`/tickets/${id}/comments`, noted))
  expect(said).toMatchObject({ author_id: tom.id, attachments: [{ attachment_id: file.attachment_id }] })
  expectSuccess(await tom.put(`/tickets/${id}/comments/${said.comment_id}`, { body: 'See the log of Monday.' }))

  const refused = await expectRefusal(comment(tom, id, 'Is it back?'), 403, 'forbidden')
  // Tom cannot take the ticket, so nothing tells him to.
  expect(refused.body.detail).toBe(
    `${id} is not yours. You may write for the staff only, with "visibility": "internal".`,
  )
  await expect(attach(desk, tom, id, textFile(), 'public')).rejects.toThrow('403')
  // An answer cannot make a file of a watcher public.
  const loose = await attach(desk, tom, id)
  const answer = { body: 'x', visibility: 'public', attachment_ids: [loose.attachment_id] }
  await expectRefusal(tom.post(`/tickets/${id}/comments`, answer), 403, 'forbidden')
  await expectRefusal(tess.post(`/tickets/${id}/comments`, answer), 422, 'attachment_unavailable')

  expect(bodyOf(await cleo.get(`/tickets/${id}/comments`)).comments).toEqual([])
  expectSuccess(await ada.delete(`/tickets/${id}/watchers/${tom.id}`))
  await expectRefusal(note(tom, id), 404, 'ticket_not_found')
  const own = `/tickets/${id}/comments/${said.comment_id}`
  await expectRefusal(tom.put(own, { body: 'x' }), 404, 'ticket_not_found')
  await expectRefusal(tom.delete(own), 404, 'ticket_not_found')
})

test('a technician who sees an unassigned ticket of their category notes on it, until a colleague has it', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const colleague = await world.technician('Tilda', 'nETWORK')
  const id = await createTicket(cleo)
  expectSuccess(await note(tess, id))
  expectSuccess(await note(colleague, id))
  await expectRefusal(note(tom, id), 404, 'ticket_not_found')
  const refused = await expectRefusal(comment(colleague, id, 'On it.'), 403, 'forbidden')
  expect(refused.body.detail).toContain(`PUT /tickets/${id} with "technician_id": "${colleague.id}"`)
  await expectRefusal(comment(cleo, id, 'Between us.', 'internal'), 403, 'forbidden')
  // A note changes nothing of the ticket.
  expect(bodyOf(await ada.get(`/tickets/${id}`))).toMatchObject({ version: 1, status: 'new', technician_id: null })
  await assignTicket(ada, id, tess)
  await expectRefusal(note(colleague, id), 404, 'ticket_not_found')
})
