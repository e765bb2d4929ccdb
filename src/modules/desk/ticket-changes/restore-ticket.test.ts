import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  assignTicket,
  comment,
  createAssignedTicket,
  createTicket,
  createTickets,
  deleteTicket,
  linksOfTicket,
  linkTicket,
  mergeTicket,
  restoreTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import {
  bodyOf,
  expectRefusal,
  expectStatus,
  expectSuccess,
  ticketIdsIn,
  versionIn,
} from '../../../testing/support/requests.ts'
import { toldIn } from '../../../testing/support/told.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const tagsOf = async (admin: Person): Promise<string[]> =>
  bodyOf(await admin.get('/tags')).tags.map(({ tag, ticket_count }: Record<string, string>) => `${tag} ${ticket_count}`)
const deleted = async (admin: Person, more = ''): Promise<string[]> =>
  ticketIdsIn(expectSuccess(await admin.get(`/tickets?deleted=true${more}`)))

/** Makes tickets look as if they had been deleted long ago. */
const age = ({ tenantId }: World, days: number) =>
  desk.owner.query(
    `update tickets set deleted_at = deleted_at - make_interval(days => $2) where tenant_id = $1 and deleted_at is not null`,
    [tenantId, days],
  )

describe('a deleted ticket', () => {
  test('comes back as it was, with what was said, its tags, watchers and links', async () => {
    const world = await createWorld(desk)
    const { ada, tess, tom, cleo } = world
    const id = await createAssignedTicket(world, 'in_progress')
    const other = await createTicket(cleo)
    for (const path of ['tags/vpn', 'tags/roof', `watchers/${tom.id}`]) {
      expectSuccess(await ada.put(`/tickets/${id}/${path}`))
    }
    await linkTicket(ada, id, 'parent', other)
    expectStatus(await comment(cleo, id, 'Still down.'), 201)
    const before = bodyOf(await ada.get(`/tickets/${id}`))
    await deleteTicket(ada, id)
    for (const person of [ada, tess, tom, cleo]) {
      await expectRefusal(person.get(`/tickets/${id}`), 404, 'ticket_not_found')
    }
    expect(await tagsOf(ada)).toEqual([])
    expect(await linksOfTicket(ada, other)).toEqual([])

    const reply = await restoreTicket(ada, id)
    expect([reply.status, versionIn(reply)]).toEqual([200, before.version + 2])
    expect(reply.body).toEqual({ ...before, version: before.version + 2, updated_at: reply.body.updated_at })
    for (const person of [tess, tom, cleo]) expect(bodyOf(await person.get(`/tickets/${id}`)).version).toBe(5)
    expect(bodyOf(await cleo.get(`/tickets/${id}/comments`)).comments).toHaveLength(1)
    expect((await tagsOf(ada)).toSorted()).toEqual(['roof 1', 'vpn 1'])
    expect(await linksOfTicket(ada, id)).toEqual([`parent ${other}`])
    expect((await recordedEvents(desk, world, 'ticket.%')).slice(-2)).toMatchObject([
      { type: 'ticket.deleted', subject_id: id, subject_version: 4, details: { tickets: 1 } },
      { type: 'ticket.restored', subject_id: id, subject_version: 5, details: { tickets: 1 } },
    ])
    // The customer learns of neither.
    const types = bodyOf(await cleo.get(`/tickets/${id}/history`)).history.map(({ type }: { type: string }) => type)
    expect(types).not.toContain('ticket.restored')
    expect(types).not.toContain('ticket.deleted')
    await expectRefusal(restoreTicket(ada, id), 422, 'ticket_not_deleted')
    await expectRefusal(restoreTicket(ada, 'TKT9999'), 404, 'ticket_not_found')
    await deleteTicket(ada, id)
    const elsewhere = await createWorld(desk)
    await expectRefusal(restoreTicket(elsewhere.ada, id), 404, 'ticket_not_found')
    expect(await deleted(elsewhere.ada)).toEqual([])
    expectSuccess(await restoreTicket(ada, id))
    for (const person of [tess, cleo]) await expectRefusal(restoreTicket(person, id), 403, 'forbidden')
    await expectRefusal(ada.post(`/tickets/${id}/restore`, { x: 1 }), 400, 'validation_failed')
  })

  test('is listed for admins until it can no longer be restored, by each sort and with the filters', async () => {
    const world = await createWorld(desk)
    const { ada, tess, cleo } = world
    const [a = '', b = '', c = '', kept = ''] = await createTickets(cleo, 4)
    await assignTicket(ada, b, tess)
    expectSuccess(await ada.put(`/tickets/${a}`, { priority: 'urgent' }))
    expectSuccess(await ada.put(`/tickets/${b}`, { priority: 'low' }))
    for (const id of [b, a, c]) await deleteTicket(ada, id)
    expect(await deleted(ada)).toEqual([c, b, a])
    expect(await deleted(ada, '&sort=raised_date')).toEqual([a, b, c])
    expect(await deleted(ada, '&sort=-updated_at')).toEqual([c, a, b])
    expect(await deleted(ada, '&sort=-priority')).toEqual([a, c, b])
    expect(await deleted(ada, `&technician_id=${tess.id}`)).toEqual([b])
    expect(await deleted(ada, '&q=network&status=new')).toEqual([c, a])
    const first = await ada.get('/tickets?deleted=true&limit=2')
    expect(ticketIdsIn(first)).toEqual([c, b])
    expect(await deleted(ada, `&limit=2&cursor=${encodeURIComponent(first.body.page.next_cursor)}`)).toEqual([a])
    const [row] = first.body.tickets
    const day = 86_400_000
    expect(Date.parse(row.deleted_until) - Date.parse(row.deleted_at)).toBe(30 * day)
    const [present] = bodyOf(await ada.get('/tickets?deleted=false')).tickets
    expect(present.ticket_id).toBe(kept)
    expect(present).not.toHaveProperty('deleted_at')
    for (const person of [tess, cleo]) {
      const reply = await expectRefusal(person.get('/tickets?deleted=true'), 400, 'validation_failed')
      expect(reply.body.errors[0]).toMatchObject({ field: 'deleted', code: 'unknown_member' })
    }

    await age(world, 29)
    expect(await deleted(ada)).toEqual([c, b, a])
    await age(world, 1)
    expect(await deleted(ada)).toEqual([])
    const gone = await expectRefusal(restoreTicket(ada, a), 410, 'ticket_gone')
    expect(gone.body.detail).toContain('30 days')
  })

  test('that an earlier version deleted can be deleted again, for as long as any other', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const id = await createTicket(cleo)
    await deleteTicket(ada, id)
    await age(world, 90)
    await desk.owner.query(`update tickets set kept_since = now() - interval '29 days' where tenant_id = $1`, [
      tenantId,
    ])
    expect(await deleted(ada)).toEqual([id])
    expectSuccess(await restoreTicket(ada, id))
    await deleteTicket(ada, id)
    const [row] = bodyOf(await ada.get('/tickets?deleted=true')).tickets
    expect(Date.parse(row.deleted_until) - Date.parse(row.deleted_at)).toBe(30 * 86_400_000)
  })

  test('whose technician was deactivated meanwhile is new again; a resolved one stays as it is', async () => {
    const world = await createWorld(desk)
    const { ada, tess, cleo } = world
    const [open, done] = [
      await createAssignedTicket(world, 'in_progress'),
      await createAssignedTicket(world, 'in_progress', 'resolved'),
    ]
    for (const id of [open, done]) await deleteTicket(ada, id)
    expectStatus(await ada.delete(`/technicians/${tess.id}`), 204)
    expectStatus(await ada.delete(`/customers/${cleo.id}`), 204)
    expect(bodyOf(await restoreTicket(ada, open))).toMatchObject({ status: 'new', technician_id: null })
    expect(bodyOf(await restoreTicket(ada, done))).toMatchObject({ status: 'resolved', technician_id: tess.id })
    expect((await recordedEvents(desk, world, 'ticket.unassigned')).at(-1)).toMatchObject({
      subject_id: open,
      changes: { technician_id: { from: tess.id, to: null }, status: { from: 'in_progress', to: 'new' } },
    })
  })
})

test('of a restored ticket whose technician was deactivated the queue is told once, and not of what is merged into it', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo, technician } = world
  const bea = await technician('Bea', 'Network')
  const [a, b, c, resolved] = [
    await createAssignedTicket(world, 'in_progress'),
    await createAssignedTicket(world),
    await createAssignedTicket(world, 'in_progress'),
    await createAssignedTicket(world, 'in_progress', 'resolved'),
  ]
  await mergeTicket(ada, a, b)
  await mergeTicket(ada, b, c)
  await mergeTicket(ada, resolved, c)
  await deleteTicket(ada, c)
  expectStatus(await ada.delete(`/technicians/${tess.id}`), 204)
  const told = toldIn(desk, world)
  const queue = [`ticket.unassigned: ${bea.id} (queue)`]
  expect(await told(async () => expectSuccess(await restoreTicket(ada, c)))).toEqual(queue)
  const unassigned = (await recordedEvents(desk, world, 'ticket.unassigned')).map(({ subject_id, details }) => [
    subject_id,
    details,
  ])
  expect(unassigned).toEqual([
    [a, { by: 'deactivation' }],
    [b, { by: 'deactivation' }],
    [c, {}],
  ])
  for (const id of [a, b, c]) {
    expect(bodyOf(await cleo.get(`/tickets/${id}`))).toMatchObject({ status: 'new', technician_id: null })
  }
  expect(bodyOf(await cleo.get(`/tickets/${resolved}`)).status).toBe('resolved')
})

describe('the tickets that are merged into a deleted ticket', () => {
  test('go and come back with it', async () => {
    const world = await createWorld(desk)
    const { ada, cleo } = world
    const [a = '', b = '', c = '', apart = ''] = await createTickets(cleo, 4)
    for (const id of [a, b]) expectSuccess(await ada.put(`/tickets/${id}/tags/vpn`))
    await linkTicket(ada, a, 'related', apart)
    await mergeTicket(ada, a, b)
    await mergeTicket(ada, b, c)
    const before = bodyOf(await ada.get(`/tickets/${a}`))
    await deleteTicket(ada, c)
    for (const id of [a, b, c]) await expectRefusal(cleo.get(`/tickets/${id}`), 404, 'ticket_not_found')
    expect([await tagsOf(ada), await linksOfTicket(ada, apart), await deleted(ada)]).toEqual([[], [], [c]])
    expect((await recordedEvents(desk, world, 'ticket.deleted')).map(({ details }) => details)).toEqual([
      { tickets: 3, left_queue: 'Network' },
    ])
    for (const id of [a, b]) {
      const refused = await expectRefusal(restoreTicket(ada, id), 422, 'ticket_target_deleted')
      expect(refused.body.detail).toContain(`Restore ${c} first`)
    }
    expectSuccess(await restoreTicket(ada, c))
    expect(bodyOf(await ada.get(`/tickets/${a}`))).toMatchObject({ merged_into: b, version: before.version + 2 })
    expect([await tagsOf(ada), await linksOfTicket(ada, apart)]).toEqual([['vpn 2'], [`related ${a}`]])
    expect(ticketIdsIn(await cleo.get('/tickets?merged=true'))).toEqual([b, a])
  })

  test('stay deleted when they were deleted before it, and come back after it', async () => {
    const { ada, cleo } = await createWorld(desk)
    const [a = '', b = ''] = await createTickets(cleo, 2)
    await mergeTicket(ada, a, b)
    await deleteTicket(ada, a)
    await deleteTicket(ada, b)
    expect(await deleted(ada)).toEqual([b, a])
    expect(await deleted(ada, '&merged=true')).toEqual([a])
    await expectRefusal(restoreTicket(ada, a), 422, 'ticket_target_deleted')
    expectSuccess(await restoreTicket(ada, b))
    await expectRefusal(ada.get(`/tickets/${a}`), 404, 'ticket_not_found')
    expect(bodyOf(await restoreTicket(ada, a)).merged_into).toBe(b)
  })

  test('are a hundred at most, also when one comes back', async () => {
    const world = await createWorld(desk)
    const { ada, cleo, tenantId } = world
    const [a = '', b = ''] = await createTickets(cleo, 2)
    await mergeTicket(ada, a, b)
    await deleteTicket(ada, a)
    await desk.owner.query(
      `with counter as (update counters set value = 200 where tenant_id = $1 and name = 'ticket')
       insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id,
         merged_into_number, final_target_number)
       select $1, n, 'x', 'x', 'x', $2, 2, 2 from generate_series(10, 108) n`,
      [tenantId, cleo.id],
    )
    await expectRefusal(restoreTicket(ada, a), 422, 'merge_too_large')
    expectSuccess(await ada.post('/tickets/TKT0010/unmerge'))
    expectSuccess(await restoreTicket(ada, a))
    await deleteTicket(ada, b)
    expect(ticketIdsIn(await ada.get('/tickets'))).toEqual(['TKT0010'])
  })

  test('do not come back with more than fifty watchers together', async () => {
    const { ada, cleo, tenantId } = await createWorld(desk)
    const [a = '', b = ''] = await createTickets(cleo, 2)
    await mergeTicket(ada, a, b)
    await deleteTicket(ada, a)
    await desk.owner.query(
      `with people as (
         insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status)
         select $1, 'w' || n, 'admin', 'w' || n, 'w' || n || '@example.com', 'W', 'active' from generate_series(1, 51) n
         returning account_id)
       insert into ticket_watchers (tenant_id, ticket_number, account_id)
       select $1, case when p.account_id = any ('{w1,w2}') then 1 else 2 end, p.account_id from people p`,
      [tenantId],
    )
    await expectRefusal(restoreTicket(ada, a), 422, 'too_many_watchers')
    expectSuccess(await ada.delete(`/tickets/${b}/watchers/w3`))
    expectSuccess(await restoreTicket(ada, a))
  })
})
