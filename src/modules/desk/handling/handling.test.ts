import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  assignTicket,
  comment,
  createAssignedTicket,
  createTicket,
  mergeTicket,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
/** A colleague of Tess, who writes the category in another case. */
let nina: Person
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  nina = await world.technician('Nina', 'NETWORK')
})
afterAll(() => desk?.stop())

const commentsOn = async (person: Person, id: string) => bodyOf(await person.get(`/tickets/${id}/comments`)).comments
const eventsOf = async (id: string) =>
  (await recordedEvents(desk, world)).filter(({ subject_id }) => subject_id === id).map(({ type }) => type)

describe('handing on and giving back', () => {
  test('a technician hands a ticket on to a colleague of its category, with a reason for the staff', async () => {
    const { ada, cleo, tess } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const reason = 'You had the same fault last week.'
    const answer = bodyOf(await tess.put(`/tickets/${id}`, { technician_id: nina.id, reason }))
    expect(answer).toMatchObject({ technician_id: nina.id, technician_name: 'Nina Technician', status: 'in_progress' })
    await expectRefusal(tess.get(`/tickets/${id}`), 404, 'ticket_not_found')
    await expectRefusal(tess.put(`/tickets/${id}`, { priority: 'low' }), 404, 'ticket_not_found')
    expect(await commentsOn(nina, id)).toMatchObject([{ body: reason, visibility: 'internal', author_id: tess.id }])
    expect(await commentsOn(cleo, id)).toEqual([])
    expect((await eventsOf(id)).slice(-2)).toEqual(['ticket.assigned', 'comment.added'])
    expect(bodyOf(await ada.get(`/tickets/${id}`)).version).toBe(answer.version)
  })

  test('a reason mentions colleagues as an internal comment does, and whoever cannot be is a warning', async () => {
    const { ada, tess, tom, cleo } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const reason = `@${tom.id} knows the switch, @${cleo.id} does not.`
    const answer = bodyOf(await tess.put(`/tickets/${id}`, { technician_id: nina.id, reason, undo_seconds: 30 }))
    expect(answer.warnings).toMatchObject([{ code: 'mention_unavailable', detail: expect.stringContaining(cleo.id) }])
    const { history } = bodyOf(await ada.get(`/tickets/${id}/history`))
    expect(history.at(-1)).toMatchObject({ type: 'comment.added', details: { mentions: [tom.id] } })
    expect(bodyOf(await tom.get(`/tickets/${id}`)).technician_id).toBe(nina.id)
    expectSuccess(await tess.post('/undo', { token: answer.undo_token }))
    await expectRefusal(tom.get(`/tickets/${id}`), 404, 'ticket_not_found')
    // A change without a reason mentions nobody.
    expect(bodyOf(await ada.put(`/tickets/${id}`, { technician_id: nina.id })).warnings).toBeUndefined()
  })

  test('a technician gives a ticket back, and it is new', async () => {
    const { tess, cleo } = world
    const id = await createAssignedTicket(world, 'in_progress', 'waiting')
    const given = bodyOf(await tess.put(`/tickets/${id}`, { technician_id: null, reason: 'I am ill.' }))
    expect(given).toMatchObject({ technician_id: null, status: 'new' })
    expect((await eventsOf(id)).slice(-2)).toEqual(['ticket.unassigned', 'comment.added'])
    expect(await commentsOn(nina, id)).toHaveLength(1)
    expect(bodyOf(await cleo.get(`/tickets/${id}`)).status).toBe('new')
    // Who takes the ticket may say why, too.
    expectSuccess(await nina.put(`/tickets/${id}`, { technician_id: nina.id, reason: 'I have time.' }))
    expect(await commentsOn(nina, id)).toHaveLength(2)
  })

  test('not to somebody of another category, who is deactivated, or who does not exist: one answer for all', async () => {
    const { ada, tess, tom, technician } = world
    const gone = await technician('Gus', 'Network')
    expectSuccess(await ada.delete(`/technicians/${gone.id}`))
    const id = await createAssignedTicket(world)
    const details = []
    for (const other of [tom.id, gone.id, 'TEC9999']) {
      const refused = await expectRefusal(
        tess.put(`/tickets/${id}`, { technician_id: other, reason: 'x' }),
        422,
        'technician_unavailable',
      )
      details.push(refused.body.detail.replace(other, '…'))
    }
    expect(new Set(details).size).toBe(1)
    expect(await commentsOn(tess, id)).toEqual([])
    // Filed under the other category by the same change, the ticket may go there.
    const refiled = { issue_category: 'printer', technician_id: tom.id }
    expect(bodyOf(await tess.put(`/tickets/${id}`, refiled)).technician_id).toBe(tom.id)
  })

  test('not a resolved or closed ticket, nor the ticket of somebody else', async () => {
    const { ada, tess } = world
    const id = await createAssignedTicket(world, 'in_progress', 'resolved')
    for (const technician_id of [nina.id, null]) {
      await expectRefusal(tess.put(`/tickets/${id}`, { technician_id }), 403, 'forbidden')
    }
    expect(bodyOf(await tess.put(`/tickets/${id}`, { technician_id: tess.id })).status).toBe('resolved')
    expectSuccess(await ada.put(`/tickets/${id}/watchers/${nina.id}`))
    await expectRefusal(nina.put(`/tickets/${id}`, { technician_id: nina.id }), 403, 'forbidden')
    await moveTicket(tess, id, 'closed')
    await expectRefusal(tess.put(`/tickets/${id}`, { technician_id: null }), 403, 'forbidden')
    await expectRefusal(ada.put(`/tickets/${id}`, { technician_id: nina.id }), 422, 'ticket_closed')
    const free = await createTicket(world.cleo)
    await expectRefusal(tess.put(`/tickets/${free}`, { technician_id: nina.id }), 403, 'forbidden')
    await expectRefusal(tess.put(`/tickets/${free}`, { technician_id: null }), 403, 'forbidden')
  })

  test('a reason goes with another technician only, is checked, and is written with the change or not at all', async () => {
    const { ada, cleo, tess } = world
    const id = await createAssignedTicket(world)
    for (const change of [{}, { technician_id: tess.id }, { priority: 'high' }]) {
      const asked = tess.put(`/tickets/${id}`, { ...change, reason: 'Because.' })
      await expectRefusal(asked, 422, 'technician_unchanged')
    }
    const before = bodyOf(await tess.get(`/tickets/${id}`))
    for (const reason of ['', ' ', 'x'.repeat(2_001), null]) {
      await expectRefusal(tess.put(`/tickets/${id}`, { technician_id: null, reason }), 400, 'validation_failed')
    }
    await expectRefusal(cleo.put(`/tickets/${id}`, { reason: 'x' }), 403, 'forbidden')
    const stale = { headers: { 'If-Match': '"1"' } }
    await expectRefusal(tess.patch(`/tickets/${id}`, { technician_id: null, reason: 'x' }, stale), 412, 'stale_version')
    expect(bodyOf(await tess.get(`/tickets/${id}`))).toEqual(before)
    expect(await commentsOn(tess, id)).toEqual([])
    const current = { headers: { 'If-Match': `"${before.version}"` } }
    expectSuccess(await ada.patch(`/tickets/${id}`, { technician_id: nina.id, reason: 'Tess is away.' }, current))
    expect(await commentsOn(nina, id)).toMatchObject([{ author_id: 'ada', body: 'Tess is away.' }])
  })

  test('of two who act on a ticket at once, one finds it gone', async () => {
    const { tess } = world
    const id = await createAssignedTicket(world)
    const replies = await Promise.all([
      tess.put(`/tickets/${id}`, { technician_id: nina.id, reason: 'One.' }),
      tess.put(`/tickets/${id}`, { technician_id: nina.id, reason: 'Two.' }),
    ])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 404])
    expect(await commentsOn(nina, id)).toHaveLength(1)
  })
})

describe('correcting', () => {
  test('admins correct subject, description and category, also of closed tickets; the event has no text', async () => {
    const { ada, cleo } = world
    const id = await createTicket(cleo, { subject: 'VPN', issue_description: 'The pasword is hunter2.' })
    expectSuccess(await ada.post(`/tickets/${id}/close`))
    const change = { subject: 'No VPN', issue_description: 'No VPN. 💥', issue_category: 'VPN' }
    expect(bodyOf(await ada.put(`/tickets/${id}`, change))).toMatchObject(change)
    const { history } = bodyOf(await cleo.get(`/tickets/${id}/history`))
    expect(history.at(-1).changes).toMatchObject({
      issue_description: { from: { length: 23 }, to: { length: 9 } },
      subject: { to: 'No VPN' },
    })
    const events = await recordedEvents(desk, world, 'ticket.updated')
    expect(JSON.stringify(events)).not.toContain('hunter2')
    const found = bodyOf(await ada.get('/tickets?q=hunter2'))
    expect(found.tickets).toEqual([])
    const stale = await ada.patch(`/tickets/${id}`, { issue_description: 'Mine' }, { headers: { 'If-Match': '"2"' } })
    expect([stale.body.code, stale.body.overlaps]).toEqual(['stale_version', true])
    const apart = await ada.patch(`/tickets/${id}`, { priority: 'low' }, { headers: { 'If-Match': '"2"' } })
    expect([apart.body.code, apart.body.overlaps]).toEqual(['stale_version', false])
  })

  test('customers correct the texts of their ticket while it is new, and nothing else', async () => {
    const { ada, carl, cleo, tess } = world
    const id = await createTicket(cleo)
    const texts = { subject: 'No VPN', issue_description: 'No VPN since nine.' }
    expect(bodyOf(await cleo.put(`/tickets/${id}`, texts))).toMatchObject({ ...texts, version: 2, tags: null })
    const current = { headers: { 'If-Match': '"2"' } }
    expect(bodyOf(await cleo.patch(`/tickets/${id}`, { subject: 'VPN' }, current)).version).toBe(3)
    for (const more of [
      { priority: 'urgent' },
      { issue_category: 'VPN' },
      { status: 'closed' },
      { technician_id: tess.id },
      { resolution_summary: 'x' },
      {},
    ]) {
      const body = Object.keys(more).length === 0 ? more : { ...texts, ...more }
      await expectRefusal(cleo.put(`/tickets/${id}`, body), 403, 'forbidden')
    }
    await expectRefusal(carl.put(`/tickets/${id}`, texts), 404, 'ticket_not_found')
    await assignTicket(ada, id, tess)
    await expectRefusal(cleo.put(`/tickets/${id}`, texts), 403, 'forbidden')
    expect(bodyOf(await cleo.get(`/tickets/${id}`)).subject).toBe('VPN')
  })

  test('a merged ticket stays as it is', async () => {
    const { ada, cleo } = world
    const [id, into] = [await createTicket(cleo), await createTicket(cleo)]
    await mergeTicket(ada, id, into)
    for (const person of [ada, cleo]) {
      await expectRefusal(person.put(`/tickets/${id}`, { subject: 'Other' }), 422, 'ticket_merged')
    }
    expectSuccess(await comment(cleo, into, 'Still.'))
  })
})
