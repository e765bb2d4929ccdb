import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAssignedTicket, createTicket, mergeTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, verdict } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

// A client reads a thing, changes a member, and sends the whole of it.

let desk: Desk
let world: World
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
})
afterAll(() => desk?.stop())

describe('a ticket is sent back whole', () => {
  test('by everybody who may change one of its members', async () => {
    const { ada, cleo, tess } = world
    const id = await createTicket(cleo)
    const path = `/tickets/${id}`
    const corrected = bodyOf(await cleo.put(path, { ...bodyOf(await cleo.get(path)), subject: 'The door' }))
    expect(corrected).toMatchObject({ subject: 'The door', version: 2, tags: null })
    const taken = bodyOf(await tess.put(path, { ...bodyOf(await tess.get(path)), technician_id: tess.id }))
    expect(taken).toMatchObject({ technician_id: tess.id, status: 'assigned', version: 3 })
    const begun = bodyOf(await tess.put(path, { ...taken, status: 'in_progress' }))
    const summary = bodyOf(await tess.put(path, { ...begun, resolution_summary: 'Oiled.' }))
    // The answer of a change has warnings, which are no member of the ticket.
    const warnings = [{ code: 'technician_unavailable', detail: 'Away.' }]
    const closed = bodyOf(await ada.put(path, { ...summary, warnings, status: 'closed' }))
    expect(closed).toMatchObject({ status: 'closed', resolution_summary: null })
    const { version } = bodyOf(await ada.put(path, { ...closed, priority: 'high' }))
    expect(bodyOf(await ada.put(path, bodyOf(await ada.get(path)))).version).toBe(version)
  })

  test('with lists and nulls as they are', async () => {
    const { ada, cleo } = world
    const [id, merged] = [await createTicket(cleo), await createTicket(cleo)]
    await mergeTicket(ada, merged, id)
    for (const tag of ['vpn', 'door']) bodyOf(await ada.put(`/tickets/${id}/tags/${tag}`))
    const ticket = bodyOf(await ada.get(`/tickets/${id}`))
    expect(ticket).toMatchObject({ tags: ['door', 'vpn'], merged_tickets: [merged], closed_date: null })
    expect(bodyOf(await ada.put(`/tickets/${id}`, { ...ticket, priority: 'urgent' })).priority).toBe('urgent')
    const { merged_tickets: _, ...without } = bodyOf(await ada.get(`/tickets/${id}`))
    expect(bodyOf(await ada.put(`/tickets/${id}`, { ...without, priority: 'low' })).priority).toBe('low')
  })

  const readOnlyError = (member: string) => ({
    field: member,
    message: `${member} cannot be changed here: leave it out, or send it as it is now`,
    code: 'read_only',
  })

  // These move with the version, or never. Beside a version that fits, no other value can have been read.
  test.each([
    ['ticket_id', 'TKT9999'],
    ['version', '1'],
    ['version', 1_000_000_000_000],
    ['customer_id', 'CUS0002'],
    ['raised_date', '2024-01-01T00:00:00.000Z'],
    ['resolved_date', '2024-01-01T00:00:00.000Z'],
    ['closed_date', '2024-01-01T00:00:00.000Z'],
    ['close_reason', 'Done'],
    ['merged_into', 'TKT0001'],
  ])('but %s cannot be changed to %j, whatever version is sent', async (member, value) => {
    const { ada, cleo } = world
    const id = await createTicket(cleo)
    const { version, ...ticket } = bodyOf(await ada.get(`/tickets/${id}`))
    const change = { ...ticket, priority: 'urgent', [member]: value }
    for (const [body, sending] of [
      [change, {}],
      [{ version, ...change }, {}],
      [change, { headers: { 'If-Match': `"${version}"` } }],
    ] as const) {
      const reply = await expectRefusal(ada.put(`/tickets/${id}`, body, sending), 400, 'validation_failed')
      expect(reply.body.errors).toEqual([readOnlyError(member)])
    }
    expect(bodyOf(await ada.get(`/tickets/${id}`))).toEqual({ ...ticket, version })
  })

  // These move without the version. So only a body without any version is compared with them.
  test.each([
    ['customer_name', 'Mallory'],
    ['technician_name', { name: 'Tess' }],
    ['updated_at', '2024-01-01T00:00:00.000Z'],
    ['first_response_at', '2024-01-01T00:00:00.000Z'],
    ['follow_up_of', 'TKT0001'],
    ['merged_tickets', ['TKT0001']],
    ['tags', ['vpn']],
    ['tags', null],
  ])('and %s may be %j of before only beside the version', async (member, value) => {
    const { ada, cleo } = world
    const id = await createTicket(cleo)
    const path = `/tickets/${id}`
    const { version, ...ticket } = bodyOf(await ada.get(path))
    const { body } = await expectRefusal(
      ada.put(path, { ...ticket, priority: 'low', [member]: value }),
      400,
      'validation_failed',
    )
    expect(body.errors).toEqual([readOnlyError(member)])
    const any = { headers: { 'If-Match': '*' } }
    expect(verdict(await ada.patch(path, { ...ticket, priority: 'low', [member]: value }, any))[0]).toBe(400)
    const first = bodyOf(await ada.put(path, { ...ticket, version, priority: 'urgent', [member]: value }))
    const kept = member === 'updated_at' ? {} : { [member]: ticket[member] }
    expect(first).toMatchObject({ ...kept, priority: 'urgent' })
    const fitting = { headers: { 'If-Match': `"${first.version}"` } }
    const second = bodyOf(await ada.patch(path, { ...ticket, priority: 'low', [member]: value }, fitting))
    expect(second.priority).toBe('low')
  })

  test('although a tag, a comment and a name came since it was read', async () => {
    const { ada, cleo } = world
    const id = await createAssignedTicket(world)
    const ticket = bodyOf(await ada.get(`/tickets/${id}`))
    bodyOf(await ada.put(`/tickets/${id}/tags/vpn`))
    bodyOf(await ada.post(`/tickets/${id}/comments`, { body: 'We are on it.', visibility: 'public' }))
    bodyOf(await ada.patch(`/customers/${cleo.id}`, { name: 'Cleo Clement' }))
    const changed = bodyOf(await ada.put(`/tickets/${id}`, { ...ticket, priority: 'urgent' }))
    expect(changed).toMatchObject({ priority: 'urgent', tags: ['vpn'], customer_name: 'Cleo Clement' })
  })

  test('and what a technician may not change is refused by name, beside what is only sent back', async () => {
    const { tess } = world
    const id = await createAssignedTicket(world)
    const ticket = bodyOf(await tess.get(`/tickets/${id}`))
    const { body } = await expectRefusal(tess.put(`/tickets/${id}`, { ...ticket, subject: 'x' }), 403, 'forbidden')
    expect(body.detail).toContain(`You may not change subject of ${id}`)
  })

  test('after it was changed it is stale, also as a whole', async () => {
    const { ada } = world
    const id = await createAssignedTicket(world)
    const ticket = bodyOf(await ada.get(`/tickets/${id}`))
    bodyOf(await ada.put(`/tickets/${id}`, { subject: 'Meanwhile' }))
    const whole = { ...ticket, priority: 'urgent' }
    const sending = { headers: { 'If-Match': `"${ticket.version}"` } }
    expect(verdict(await ada.patch(`/tickets/${id}`, whole, sending))).toEqual([412, 'stale_version'])
    for (const { body } of [
      await expectRefusal(ada.put(`/tickets/${id}`, whole), 412, 'stale_version'),
      await expectRefusal(ada.patch(`/tickets/${id}`, whole, { headers: { 'If-Match': '*' } }), 412, 'stale_version'),
    ]) {
      expect(body).toMatchObject({ current_version: 3, changed: [{ field: 'subject', version: 3 }], overlaps: true })
      expect(body.detail).toBe('The ticket is at version 3, not 2.')
    }
    expect(bodyOf(await ada.get(`/tickets/${id}`))).toMatchObject({ priority: ticket.priority, subject: 'Meanwhile' })
  })

  test('a version that does not exist yet is none that was read', async () => {
    const { ada } = world
    const id = await createAssignedTicket(world)
    const sending = { headers: { 'If-Match': '99' } }
    for (const reply of [
      await expectRefusal(ada.put(`/tickets/${id}`, { version: 99, priority: 'low' }), 412, 'stale_version'),
      await expectRefusal(ada.patch(`/tickets/${id}`, { priority: 'low' }, sending), 412, 'stale_version'),
    ]) {
      const detail = 'The ticket has version 2; no version 99 exists yet.'
      expect(reply.body).toMatchObject({ detail, current_version: 2, changed: [], overlaps: false })
    }
  })

  test('a row of a list with shortened texts is not taken', async () => {
    const { ada, cleo } = world
    const id = await createTicket(cleo)
    const row = { ...bodyOf(await ada.get(`/tickets/${id}`)), truncated: true }
    const { body } = await expectRefusal(ada.put(`/tickets/${id}`, row), 400, 'validation_failed')
    expect(body.errors[0].field).toBe('truncated')
  })
})

test('technicians and customers are sent back whole, by admins and by themselves', async () => {
  const { ada, cleo, tess } = world
  const technician = bodyOf(await tess.get(`/technicians/${tess.id}`))
  for (const method of ['put', 'patch'] as const) {
    const available = method === 'patch'
    expect(bodyOf(await tess[method](`/technicians/${tess.id}`, { ...technician, available })).available).toBe(
      available,
    )
  }
  expect(bodyOf(await ada.put(`/technicians/${tess.id}`, { ...technician, name: 'Tess T' })).name).toBe('Tess T')
  const customer = bodyOf(await cleo.get(`/customers/${cleo.id}`))
  expect(bodyOf(await cleo.patch(`/customers/${cleo.id}`, { ...customer, name: 'Cleo C' })).name).toBe('Cleo C')
  const email = { ...customer, email: 'other@example.com' }
  await expectRefusal(cleo.patch(`/customers/${cleo.id}`, email), 403, 'forbidden')
  for (const [path, whole, member] of [
    [`/technicians/${tess.id}`, technician, 'user_id'],
    [`/technicians/${tess.id}`, technician, 'status'],
    [`/customers/${cleo.id}`, customer, 'created_at'],
    [`/customers/${cleo.id}`, customer, 'customer_id'],
  ] as const) {
    const reply = await expectRefusal(ada.patch(path, { ...whole, [member]: 'x' }), 400, 'validation_failed')
    expect(reply.body.errors).toMatchObject([{ field: member, code: 'read_only' }].slice(0, 1))
  }
})
