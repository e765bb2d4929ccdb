import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAssignedTicket, createTicket, mergeTicket, moveTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectSuccess, type Reply } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

/** Expects a refusal whose detail has all of the words. */
const says = async (sent: Promise<Reply>, code: string, ...words: string[]): Promise<void> => {
  const { body } = await sent
  expect(body.code).toBe(code)
  for (const word of words) expect(body.detail).toContain(word)
}

describe('a refusal says how the same is reached', () => {
  test('customers who change a ticket that somebody works on', async () => {
    const { cleo, tess } = world
    const id = await createAssignedTicket(world)
    const comment = `Write a comment instead: POST /tickets/${id}/comments.`
    await says(cleo.put(`/tickets/${id}`, { subject: 'x' }), 'forbidden', 'subject', 'only while it is new', comment)
    await says(cleo.put(`/tickets/${id}`, { priority: 'low' }), 'forbidden', 'priority', comment)
    // Members that are as they are now are named, too, when nothing else is asked for.
    const { priority, subject } = bodyOf(await cleo.get(`/tickets/${id}`))
    await says(cleo.put(`/tickets/${id}`, { priority }), 'forbidden', 'You may not change priority', comment)
    await says(cleo.put(`/tickets/${id}`, { subject }), 'forbidden', 'subject only while it is new', comment)
    const ask = `Ask for another in a comment: POST /tickets/${id}/comments.`
    await says(cleo.put(`/tickets/${id}`, { issue_category: 'Printer' }), 'forbidden', 'who works on the ticket', ask)
    await says(cleo.put(`/tickets/${id}`, { status: 'closed' }), 'forbidden', `POST /tickets/${id}/close`)
    await moveTicket(tess, id, 'resolved')
    await says(cleo.put(`/tickets/${id}`, { status: 'in_progress' }), 'forbidden', `POST /tickets/${id}/reopen`)
    await says(cleo.put(`/tickets/${id}`, {}), 'forbidden', 'Say what to change.')
    expectSuccess(await cleo.post(`/tickets/${id}/close`))
    // Comments on a closed ticket are refused, too.
    await says(cleo.put(`/tickets/${id}`, { subject: 'x' }), 'forbidden', '"follow_up_of"')
  })

  test('technicians who change, close or reopen a ticket that is not theirs', async () => {
    const { cleo, tess, tom } = world
    const id = await createTicket(cleo)
    const take = `Take it first: PUT /tickets/${id} with "technician_id": "${tess.id}".`
    await says(tess.put(`/tickets/${id}`, { priority: 'low' }), 'forbidden', 'priority', take)
    await says(tess.put(`/tickets/${id}`, {}), 'forbidden', take)
    await says(tess.post(`/tickets/${id}/close`), 'forbidden', take)
    await says(tess.post(`/tickets/${id}/reopen`), 'forbidden', take)
    expectSuccess(await world.ada.put(`/tickets/${id}/watchers/${tom.id}`))
    await says(tom.put(`/tickets/${id}`, { priority: 'low' }), 'forbidden', `${id} is not yours.`)
    await says(tom.post(`/tickets/${id}/close`), 'forbidden', `${id} is not yours.`)
    await says(
      tom.post(`/tickets/${id}/comments`, { body: 'x', visibility: 'public' }),
      'forbidden',
      `${id} is not yours. You may write for the staff only`,
    )
  })

  test('a role that never may', async () => {
    const { cleo, tess } = world
    const id = await createTicket(cleo)
    const admins = 'This is for admins. You are signed in as technician.'
    await says(tess.post(`/tickets/${id}/move`, { customer_id: 'CUS0002' }), 'forbidden', admins)
    await says(tess.delete(`/tickets/${id}`), 'forbidden', admins)
    await says(tess.get('/technicians'), 'forbidden', admins)
    await says(tess.patch('/customers/CUS0001', { name: 'x' }), 'forbidden', 'This is for admins and customers.')
  })

  test('a resolved or closed ticket that is handed on, reopened or closed', async () => {
    const { ada, tess, tom } = world
    const id = await createAssignedTicket(world, 'in_progress')
    await says(tess.post(`/tickets/${id}/reopen`), 'illegal_transition', 'Only a resolved ticket', 'in_progress')
    await says(tess.post(`/tickets/${id}/close`), 'illegal_transition', 'Resolve it first')
    await says(tess.put(`/tickets/${id}`, { status: 'new' }), 'illegal_transition', '"technician_id": null')
    await says(tess.put(`/tickets/${id}`, { status: 'resolved' }), 'resolution_summary_required', 'resolution_summary')
    await moveTicket(tess, id, 'resolved')
    await says(ada.put(`/tickets/${id}`, { technician_id: null }), 'technician_required', 'Reopen it first')
    await says(ada.put(`/tickets/${id}`, { status: 'new' }), 'illegal_transition', 'Reopen it first')
    await says(tess.put(`/tickets/${id}`, { technician_id: null }), 'forbidden', `POST /tickets/${id}/reopen`)
    expectSuccess(await ada.post(`/tickets/${id}/close`))
    await says(ada.post(`/tickets/${id}/close`), 'ticket_closed', 'closed already', '"follow_up_of"')
    await says(ada.post(`/tickets/${id}/reopen`), 'ticket_closed', '"follow_up_of"')
    const change = ada.put(`/tickets/${id}`, { technician_id: tom.id })
    await says(change, 'ticket_closed', 'keeps its technician', 'can still be corrected', '"follow_up_of"')
  })

  test('a reason at the wrong place', async () => {
    const { ada, tess } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const closing = { status: 'closed', reason: 'No answer.' }
    await says(ada.put(`/tickets/${id}`, closing), 'technician_unchanged', `POST /tickets/${id}/close`)
    await moveTicket(tess, id, 'resolved')
    const reopening = { status: 'in_progress', reason: 'Not yet.' }
    await says(tess.put(`/tickets/${id}`, reopening), 'technician_unchanged', `POST /tickets/${id}/reopen`)
    await says(tess.put(`/tickets/${id}`, { reason: 'x' }), 'technician_unchanged', `POST /tickets/${id}/comments`)
  })

  test('a merged ticket, and a parent with open children', async () => {
    const { ada, cleo } = world
    const [id, into] = [await createTicket(cleo), await createTicket(cleo)]
    expectSuccess(await ada.put(`/tickets/${id}/links/parent/${into}`))
    await says(ada.post(`/tickets/${into}/close`), 'children_open', `Still open: ${id}.`, 'remove their links')
    expectSuccess(await ada.delete(`/tickets/${id}/links/parent/${into}`))
    await mergeTicket(ada, id, into)
    await says(ada.put(`/tickets/${id}`, { priority: 'low' }), 'ticket_merged', `Do it at ${into}`)
  })

  test('a watcher who is named in another way', async () => {
    const { ada, cleo } = world
    const id = await createTicket(cleo)
    await says(ada.put(`/tickets/${id}/watchers/tess`), 'watcher_unavailable', 'a technician by number', 'user id')
  })
})

test('a technician who cannot list technicians learns to which colleagues a ticket can go', async () => {
  const apart = await createWorld(desk)
  const { ada, cleo, tess, tom } = apart
  const id = await createAssignedTicket(apart)
  const handOn = (technician_id: string) => tess.put(`/tickets/${id}`, { technician_id })
  await says(handOn('TEC9999'), 'technician_unavailable', 'Nobody else works on', '"technician_id": null')
  const nina = await apart.technician('Nina', 'NETWORK')
  const gone = await apart.technician('Gus', 'Network')
  expectSuccess(await ada.delete(`/technicians/${gone.id}`))
  for (const other of [tom.id, gone.id, 'TEC9999']) {
    const { body } = await handOn(other)
    expect(body.detail).toMatch(new RegExp(`It can go to ${nina.id} \\(Nina Technician\\)\\.$`))
  }
  // Admins list technicians. Customers learn of nobody.
  expect((await ada.put(`/tickets/${id}`, { technician_id: 'TEC9999' })).body.detail).not.toContain(nina.id)
  expect((await cleo.put(`/tickets/${id}`, { technician_id: 'TEC9999' })).text).not.toContain(nina.id)
  for (let more = 1; more <= 20; more += 1) await apart.technician(`More${more}`, 'network')
  expect((await handOn('TEC9999')).body.detail.match(/TEC\d+ \(/g)).toHaveLength(20)
  expectSuccess(await handOn(nina.id))
})
