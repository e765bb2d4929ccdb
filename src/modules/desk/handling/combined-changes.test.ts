import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createAssignedTicket,
  createTicket,
  createTickets,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { gathered } from '../../../testing/support/hold-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { expectRefusal, expectStatus, expectSuccess, type Reply, verdict } from '../../../testing/support/requests.ts'
import { holdTicket } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const any = { headers: { 'If-Match': '*' } }
const version = (number: number) => ({ headers: { 'If-Match': `"${number}"` } })

/** The transactions that wrote the tickets of a world, as they are now. */
const countWriters = async ({ tenantId }: World, ids: string[]): Promise<number> => {
  const { rows } = await desk.owner.query(
    'select distinct t.xmin::text from tickets t where t.tenant_id = $1 and t.ticket_id = any ($2)',
    [tenantId, ids],
  )
  return rows.length
}

const eventsOf = async ({ tenantId }: World, id: string) =>
  (
    await desk.owner.query(
      `select e.type, e.subject_version as version, e.request_id, e.actor_id, e.changes from events e
       where e.tenant_id = $1 and e.subject_id = $2 order by e.event_id`,
      [tenantId, id],
    )
  ).rows

test('changes of different tickets that come at once share transactions, and each has its own event', async () => {
  const world = await createWorld(desk)
  const ids = await createTickets(world.cleo, 24)
  const replies = await gathered(desk, () =>
    Promise.all(ids.map((id, place) => world.ada.patch(`/tickets/${id}`, { subject: `Subject ${place}` }, version(1)))),
  )
  for (const [place, reply] of replies.entries()) {
    const ticket = expectStatus(reply, 200).body
    expect(ticket).toMatchObject({
      ticket_id: ids[place],
      subject: `Subject ${place}`,
      version: 2,
      customer_name: 'Cleo Customer',
    })
    const [created, changed, ...more] = await eventsOf(world, ids[place] ?? '')
    expect([created.type, more]).toEqual(['ticket.created', []])
    expect(changed).toMatchObject({ type: 'ticket.updated', version: 2, actor_id: 'ada' })
    expect(changed.request_id).toBe(reply.headers.get('x-request-id'))
    expect(changed.changes.subject.to).toBe(`Subject ${place}`)
  }
  expect(await countWriters(world, ids)).toBeLessThan(ids.length / 2)
})

test('a change with a long description shares no transaction, so that nobody waits until its words are indexed', async () => {
  const world = await createWorld(desk)
  const ids = await createTickets(world.cleo, 8)
  const replies = await Promise.all(
    ids.map((id) => world.ada.patch(`/tickets/${id}`, { issue_description: 'word '.repeat(300) }, any)),
  )
  expect(replies.map(({ status }) => status)).toEqual(ids.map(() => 200))
  expect(await countWriters(world, ids)).toBe(ids.length)
})

test('who changes at once gets the ticket as they see it, and what they may not change stays', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo, carl } = world
  const own = await createAssignedTicket(world)
  const ofCleo = await createTicket(cleo)
  const other = await createTicket(cleo)
  expectSuccess(await ada.put(`/tickets/${ofCleo}/tags/vip`))
  const [byTess, byCleo, byCarl, byTom, byAda] = await Promise.all([
    tess.patch(`/tickets/${own}`, { priority: 'high' }, any),
    cleo.patch(`/tickets/${ofCleo}`, { subject: 'Better words' }, any),
    carl.patch(`/tickets/${ofCleo}`, { subject: 'Not mine' }, any),
    tom.patch(`/tickets/${own}`, { priority: 'low' }, any),
    ada.patch(`/tickets/${other}`, { priority: 'urgent' }, any),
  ])
  expect(expectStatus(byTess, 200).body).toMatchObject({ priority: 'high', tags: [] })
  expect(expectStatus(byCleo, 200).body).toMatchObject({ subject: 'Better words' })
  expect(byCleo.body.tags).toBeNull()
  expect([verdict(byCarl), verdict(byTom)]).toEqual([
    [404, 'ticket_not_found'],
    [404, 'ticket_not_found'],
  ])
  expect(expectStatus(byAda, 200).body).toMatchObject({ priority: 'urgent', tags: [] })
  expect((await ada.get(`/tickets/${own}`)).body).toMatchObject({ priority: 'high', version: 3 })
  expect((await ada.get(`/tickets/${ofCleo}`)).body).toMatchObject({ subject: 'Better words', version: 2 })
})

test('changes of an admin and of a customer that come at once are each answered as their sender sees the ticket', async () => {
  const { ada, cleo } = await createWorld(desk)
  const ids = await createTickets(cleo, 20)
  const replies = await Promise.all(
    ids.map((id, place) =>
      (place % 2 === 0 ? cleo : ada).patch(`/tickets/${id}`, { subject: `Both ${place}` }, version(1)),
    ),
  )
  // Only the staff see tags.
  expect(replies.map((reply) => expectStatus(reply, 200).body.tags)).toEqual(
    ids.map((_, place) => (place % 2 === 0 ? null : [])),
  )
})

test('what is refused among changes that come at once says why, and hinders none of the others', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  const ids = await createTickets(cleo, 12)
  const [stale = '', unsummarized = '', merged = '', target = '', ...plain] = ids
  expectSuccess(await ada.put(`/tickets/${stale}`, { priority: 'high' }))
  expectSuccess(await ada.post(`/tickets/${merged}/merge`, { into: target }))
  const [late, unready, gone, none, ...changed] = await Promise.all([
    ada.patch(`/tickets/${stale}`, { subject: 'Late' }, version(1)),
    ada.patch(`/tickets/${unsummarized}`, { status: 'in_progress' }, any),
    ada.patch(`/tickets/${merged}`, { subject: 'Merged' }, any),
    ada.patch('/tickets/TKT0999', { subject: 'Nothing' }, any),
    ...plain.map((id) => ada.patch(`/tickets/${id}`, { subject: 'Plain' }, version(1))),
  ])
  await expectRefusal(late as Reply, 412, 'stale_version')
  expect((late as Reply).body).toMatchObject({ current_version: 2, changed: [{ field: 'priority', by: 'ada' }] })
  await expectRefusal(unready as Reply, 422, 'technician_required')
  await expectRefusal(gone as Reply, 422, 'ticket_merged')
  await expectRefusal(none as Reply, 404, 'ticket_not_found')
  expect(changed.map(({ status }) => status)).toEqual(plain.map(() => 200))
})

test('of changes of one ticket that come at once with one version, one is made', async () => {
  const world = await createWorld(desk)
  const id = await createTicket(world.cleo)
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, place) => world.ada.patch(`/tickets/${id}`, { subject: `Try ${place}` }, version(1))),
  )
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, ...Array(7).fill(412)])
  expect((await eventsOf(world, id)).map(({ version: at }) => at)).toEqual([1, 2])
})

test('a ticket that another transaction holds is waited for by its own changes only', async () => {
  const world = await createWorld(desk)
  const [held = '', ...free] = await createTickets(world.cleo, 10)
  const release = await holdTicket(desk, world.tenantId, held)
  const waiting = world.ada.patch(`/tickets/${held}`, { subject: 'Waits' }, version(1))
  const others = await Promise.all(
    free.map((id) => world.ada.patch(`/tickets/${id}`, { subject: 'Goes on' }, version(1))),
  )
  expect(others.map(({ status }) => status)).toEqual(free.map(() => 200))
  expect(await Promise.race([waiting, Promise.resolve('not yet')])).toBe('not yet')
  await release()
  expect(expectStatus(await waiting, 200).body).toMatchObject({ subject: 'Waits', version: 2 })
})

test('moves of several tickets at once are each as if alone: dates, summaries, and what needs more than the ticket', async () => {
  const world = await createWorld(desk)
  const { ada, tess } = world
  const ids: string[] = []
  while (ids.length < 5) ids.push(await createAssignedTicket(world, 'in_progress'))
  const [resolved = '', waiting = '', recategorized = '', closed = '', reopened = ''] = ids
  await moveTicket(tess, reopened, 'resolved')
  const description = 'Longer words, which say it all.'
  const replies = await Promise.all([
    ada.patch(`/tickets/${resolved}`, { status: 'resolved', resolution_summary: 'Done.' }, any),
    ada.patch(`/tickets/${waiting}`, { status: 'waiting', issue_description: description }, any),
    ada.patch(`/tickets/${recategorized}`, { issue_category: 'Unheard of' }, any),
    ada.patch(`/tickets/${closed}`, { status: 'closed' }, any),
    ada.patch(`/tickets/${reopened}`, { status: 'in_progress' }, any),
  ])
  const [first, second, third, fourth, fifth] = replies.map((reply) => expectStatus(reply, 200).body)
  expect(first).toMatchObject({ status: 'resolved', resolution_summary: 'Done.', closed_date: null })
  expect(first.resolved_date).not.toBeNull()
  expect(first.first_response_at).not.toBeNull()
  expect(second).toMatchObject({ status: 'waiting', issue_description: description, resolved_date: null })
  expect(third).toMatchObject({ issue_category: 'Unheard of', warnings: [{ code: 'category_without_technicians' }] })
  expect(fourth).toMatchObject({ status: 'closed', resolved_date: null })
  expect(fourth.closed_date).not.toBeNull()
  expect(fifth).toMatchObject({ status: 'in_progress', technician_id: tess.id, resolution_summary: null })
  expect((await ada.get(`/tickets?q=${encodeURIComponent('which say it all')}`)).body.tickets).toMatchObject([
    { ticket_id: waiting },
  ])
})
