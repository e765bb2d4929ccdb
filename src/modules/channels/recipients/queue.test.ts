import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { exec, many, sql } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import {
  assignTicket,
  comment,
  createAssignedTicket,
  createTicket,
  createTickets,
  mergeTicket,
  moveTicket,
} from '../../../testing/support/create-tickets.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { expectSuccess } from '../../../testing/support/requests.ts'
import { toldIn } from '../../../testing/support/told.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { systemOf } from '../../identity/accounts/actor.ts'
import { createAdminOf } from '../../identity/accounts/first-admin.service.ts'
import { recipientsAtMost } from './recipients.steps.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

/** A world with a second admin, Olga, and Tilda, a second technician for networks: TEC0003. */
const start = async () => {
  const world = await createWorld(desk)
  const email = `olga@${world.slug}.example.com`
  await createAdminOf(desk.app, world.slug, { userId: 'olga', name: 'Olga', email, password: 'correct-horse-7' })
  const tilda = await world.technician('Tilda', 'nETWORK')
  return { ...world, tilda, told: toldIn(desk, world) }
}
const queue = (type: string, ...accounts: string[]): string[] =>
  accounts.map((account) => `${type}: ${account} (queue)`).sort()

test('who unassigns a ticket tells its technician, and those who see the queue', async () => {
  const { told, ada, tess, tilda, cleo } = await start()
  const id = await createTicket(cleo)
  await assignTicket(ada, id, tess)
  expect(await told(() => ada.put(`/tickets/${id}`, { technician_id: null }))).toEqual([
    `ticket.unassigned: ${tess.id} (technician_before)`,
    ...queue('ticket.unassigned', tilda.id, 'olga'),
  ])
  // The queue is that of the ticket's category. Nobody of another category sees the ticket.
  await assignTicket(ada, id, tess)
  const moved = { technician_id: null, issue_category: 'Printer' }
  expect(await told(() => ada.put(`/tickets/${id}`, moved))).toEqual([
    `ticket.unassigned: ${tess.id} (technician_before)`,
    ...queue('ticket.unassigned', 'TEC0002', 'olga'),
  ])
})

test('who raises a ticket to urgent tells its technician and watchers, or the queue; other priorities are not told', async () => {
  const { told, ada, tess, tilda, tom, cleo } = await start()
  const id = await createTicket(cleo)
  const raise = (priority: string, person = ada) => told(() => person.put(`/tickets/${id}`, { priority }))
  expect(await raise('high')).toEqual([])
  expect(await raise('urgent')).toEqual(queue('ticket.updated', tess.id, tilda.id, 'olga'))
  expect(await raise('urgent')).toEqual([])
  await assignTicket(ada, id, tess)
  expectSuccess(await ada.put(`/tickets/${id}/watchers/${tom.id}`))
  expect(await raise('low')).toEqual([])
  const whose = [`ticket.updated: ${tess.id} (technician)`, `ticket.updated: ${tom.id} (watcher)`]
  expect(await raise('urgent')).toEqual(whose)
  expect(await raise('normal', tess)).toEqual([])
  expect(await raise('urgent', tess)).toEqual(whose.slice(1))
  // Nobody has to hurry for what is resolved or closed, until it is open again.
  expect(await raise('normal')).toEqual([])
  await moveTicket(tess, id, 'in_progress', 'resolved')
  expect(await raise('urgent')).toEqual([])
  expectSuccess(await ada.put(`/tickets/${id}`, { priority: 'low' }))
  const reopened = await told(() => ada.put(`/tickets/${id}`, { status: 'in_progress', priority: 'urgent' }))
  expect(reopened).toEqual(expect.arrayContaining(whose))
  await moveTicket(tess, id, 'resolved')
  expectSuccess(await cleo.post(`/tickets/${id}/close`))
  expectSuccess(await ada.put(`/tickets/${id}`, { priority: 'low' }))
  expect(await raise('urgent')).toEqual([])
})

test('an unassigned ticket that gets another category tells those who see its new queue, once', async () => {
  const { told, ada, tess, tilda, tom, cleo } = await start()
  const id = await createTicket(cleo, { issue_category: 'Doors' })
  const change = (members: object) => told(() => ada.put(`/tickets/${id}`, members))
  expect(await change({ issue_category: 'Network' })).toEqual(queue('ticket.updated', tess.id, tilda.id, 'olga'))
  expect(await change({ subject: 'Other' })).toEqual([])
  // One event, and one mail, when the ticket is urgent by the same request.
  const urgent = { issue_category: 'Printer', priority: 'urgent' }
  expect(await change(urgent)).toEqual(queue('ticket.updated', tom.id, 'olga'))
  await assignTicket(ada, id, tess)
  expect(await change({ issue_category: 'Network' })).toEqual([])
  // Back in the queue, and of another category, by one request: the queue is told once.
  expect(await change({ technician_id: null, issue_category: 'Printer' })).toEqual([
    `ticket.unassigned: ${tess.id} (technician_before)`,
    ...queue('ticket.unassigned', tom.id, 'olga'),
  ])
  expect(await change({ issue_category: 'Network' })).toEqual(queue('ticket.updated', tess.id, tilda.id, 'olga'))
  expectSuccess(await cleo.post(`/tickets/${id}/close`))
  expect(await change({ issue_category: 'Printer' })).toEqual([])
})

test('a person who closes a ticket tells its customer, technician and watchers; the program tells the customer', async () => {
  const world = await start()
  const { told, ada, tess, tom, cleo } = world
  const resolved = () => createAssignedTicket(world, 'in_progress', 'resolved')
  const [first, second, third] = [await resolved(), await resolved(), await resolved()]
  expect(await told(() => cleo.post(`/tickets/${first}/close`))).toEqual([`ticket.closed: ${tess.id} (technician)`])
  expect(await told(() => ada.post(`/tickets/${second}/close`))).toEqual([
    `ticket.closed: ${cleo.id} (customer)`,
    `ticket.closed: ${tess.id} (technician)`,
  ])
  for (const watcher of [tom.id, tess.id, 'ada']) expectSuccess(await ada.put(`/tickets/${third}/watchers/${watcher}`))
  const system = { actor: systemOf(world.tenantId), requestId: null }
  const closed = eventOf(system, 'ticket.closed', third, { changes: { status: { from: 'resolved', to: 'closed' } } })
  expect(await told(() => transaction(desk.app.pool, (tx) => recordEvents(tx, [closed])))).toEqual([
    `ticket.closed: ${cleo.id} (customer)`,
  ])
  const byAda = { actor: { tenantId: world.tenantId, accountId: 'ada', role: 'admin' as const }, requestId: null }
  const closedByAda = eventOf(byAda, 'ticket.closed', third, { changes: closed.changes })
  expect(await told(() => transaction(desk.app.pool, (tx) => recordEvents(tx, [closedByAda])))).toEqual([
    `ticket.closed: ${cleo.id} (customer)`,
    `ticket.closed: ${tess.id} (technician)`,
    `ticket.closed: ${tom.id} (watcher)`,
  ])
  for (const watcher of [tom.id, tess.id, 'ada']) {
    expectSuccess(await ada.delete(`/tickets/${third}/watchers/${watcher}`))
  }
  // Nobody has the ticket any more: the admins, who were asked to assign it, are told.
  await exec(desk.owner, sql`update tickets set technician_id = null where tenant_id = ${world.tenantId}`)
  const byCustomer = {
    actor: { tenantId: world.tenantId, accountId: cleo.id, role: 'customer' as const },
    requestId: null,
  }
  const given = eventOf(byCustomer, 'ticket.closed', third, { changes: { status: { from: 'new', to: 'closed' } } })
  expect(await told(() => transaction(desk.app.pool, (tx) => recordEvents(tx, [given])))).toEqual([
    'ticket.closed: ada (admin_for_technician)',
    'ticket.closed: olga (admin_for_technician)',
  ])
})

test('a reopened ticket that nobody has is told to the queue', async () => {
  const { told, ada, tess, tilda, cleo, tenantId } = await start()
  const id = await createTicket(cleo)
  const event = eventOf(
    { actor: { tenantId, accountId: cleo.id, role: 'customer' }, requestId: null },
    'ticket.reopened',
    id,
    {
      changes: { status: { from: 'resolved', to: 'new' } },
    },
  )
  const reopened = { ...event, changes: { ...event.changes, technician_id: { from: 'TEC0009', to: null } } }
  await assignTicket(ada, id, tess)
  expect(await told(() => transaction(desk.app.pool, (tx) => recordEvents(tx, [reopened])))).toEqual([
    ...queue('ticket.reopened', tess.id, tilda.id),
    'ticket.reopened: ada (admin_for_technician)',
    'ticket.reopened: olga (admin_for_technician)',
  ])
})

test('the customer is told when the staff reopen, and not of a merge or a comment that does', async () => {
  const world = await start()
  const { told, ada, tess, cleo } = world
  const resolved = () => createAssignedTicket(world, 'in_progress', 'resolved')
  const toCleo = `ticket.reopened: ${cleo.id} (customer)`
  expect(await told(async () => ada.post(`/tickets/${await resolved()}/reopen`))).toContain(toCleo)
  expect(await told(async () => tess.put(`/tickets/${await resolved()}`, { status: 'in_progress' }))).toContain(toCleo)
  const own = await told(async () => cleo.post(`/tickets/${await resolved()}/reopen`))
  expect(own).toContain(`ticket.reopened: ${tess.id} (technician)`)
  const said = await told(async () => comment(cleo, await resolved(), 'It is back.'))
  const merged = await told(async () => mergeTicket(ada, await createTicket(cleo), await resolved()))
  expect([...own, ...said, ...merged]).not.toContain(toCleo)
  // The mail of the merge says it also when the technician of the target is gone, and the queue is told.
  const target = await resolved()
  expectSuccess(await ada.delete(`/technicians/${tess.id}`))
  const abandoned = await told(async () => mergeTicket(ada, await createTicket(cleo), target))
  expect(abandoned).toContain('ticket.reopened: olga (admin_for_technician)')
  expect(abandoned).not.toContain(toCleo)
})

test('a comment that sends a ticket back to the queue is told to the admins, and the move to the technicians', async () => {
  const { told, ada, tess, tilda, cleo, tenantId } = await start()
  const id = await createTicket(cleo)
  const reopenBy = (commentId: string) =>
    transaction(desk.app.pool, (tx) => {
      const origin = { actor: { tenantId, accountId: cleo.id, role: 'customer' as const }, requestId: null }
      const event = eventOf(origin, 'ticket.reopened', id, { details: { comment_id: commentId } })
      const technician_id = { from: 'TEC0009', to: null }
      return recordEvents(tx, [{ ...event, changes: { technician_id, status: { from: 'resolved', to: 'new' } } }])
    })
  const comeBack = () =>
    told(async () => reopenBy(expectSuccess(await comment(cleo, id, 'It is back.')).body.comment_id))
  expect(await comeBack()).toEqual([
    `comment.added: ${ada.id} (admin_for_technician)`,
    'comment.added: olga (admin_for_technician)',
    ...queue('ticket.reopened', tess.id, tilda.id),
  ])
})

test('an internal comment goes to the queue when nobody else would see it', async () => {
  const { told, ada, tess, tilda, tom, cleo } = await start()
  const id = await createTicket(cleo)
  const note = (person = ada) => told(() => comment(person, id, 'It was the switch last time.', 'internal'))
  expect(await note()).toEqual(queue('comment.added', tess.id, tilda.id, 'olga'))
  expect(await note(tess)).toEqual(queue('comment.added', 'ada', tilda.id, 'olga'))
  // Whoever watches alone, and writes themselves, is no reader.
  expectSuccess(await ada.put(`/tickets/${id}/watchers/ada`))
  expect(await note()).toEqual(queue('comment.added', tess.id, tilda.id, 'olga'))
  expectSuccess(await ada.put(`/tickets/${id}/watchers/${tom.id}`))
  expect(await note()).toEqual([`comment.added: ${tom.id} (watcher)`])
  expectSuccess(await ada.delete(`/tickets/${id}/watchers/ada`))
  expectSuccess(await ada.delete(`/technicians/${tom.id}`))
  expect(await note()).toEqual(queue('comment.added', tess.id, tilda.id, 'olga'))
  await assignTicket(ada, id, tess)
  expect(await note()).toEqual([`comment.added: ${tess.id} (technician)`])
  // A public comment of the staff tells the customer, so it is not lost.
  expectSuccess(await ada.put(`/tickets/${id}`, { technician_id: null }))
  expect(await told(() => comment(ada, id, 'We are on it.'))).toEqual([`comment.added: ${cleo.id} (customer)`])
})

test('deactivating a technician makes one telling for each person, however many tickets are given back', async () => {
  const { told, ada, tess, tilda, cleo, ...world } = await start()
  const ids = await createTickets(cleo, 4)
  for (const id of ids) await assignTicket(ada, id, tess)
  await moveTicket(tess, ids[3] ?? '', 'in_progress', 'resolved')
  expect(await told(() => ada.delete(`/technicians/${tess.id}`))).toEqual([
    `technician.deactivated: ${tilda.id} (colleague)`,
    'technician.deactivated: olga (admin)',
  ])
  const [gone] = await recordedEvents(desk, world as World, 'technician.deactivated')
  expect(gone?.details).toEqual({ released: 3 })
  const released = await recordedEvents(desk, world as World, 'ticket.unassigned')
  expect(released.map(({ details }) => details)).toEqual(ids.slice(0, 3).map(() => ({ by: 'deactivation' })))
  // Nothing was given back: nobody is told.
  expect(await told(() => ada.delete('/technicians/TEC0002'))).toEqual([])
  expect(await told(() => ada.delete(`/technicians/${tess.id}`))).toEqual([])
  expect(await told(() => ada.delete(`/customers/${cleo.id}`))).toEqual([])
})

test('a public file tells both sides; an internal one tells nobody', async () => {
  const world = await start()
  const { told, ada, tess, tom, cleo } = world
  const id = await createAssignedTicket(world)
  expectSuccess(await ada.put(`/tickets/${id}/watchers/${tom.id}`))
  const file = (person = tess, visibility?: 'public' | 'internal', ticket = id) =>
    told(() => attach(desk, person, ticket, textFile(), visibility))
  expect(await file(tess, 'public')).toEqual([
    `attachment.added: ${cleo.id} (customer)`,
    `attachment.added: ${tom.id} (watcher)`,
  ])
  expect(await file(tess, 'internal')).toEqual([])
  const both = [`attachment.added: ${tess.id} (technician)`, `attachment.added: ${tom.id} (watcher)`]
  expect(await file(cleo)).toEqual(both)
  // On a merged ticket, the people of the final target are told.
  const merged = await createTicket(cleo)
  await mergeTicket(ada, merged, id)
  expect(await file(cleo, undefined, merged)).toEqual(both)
  // Nobody has the ticket: the admins are told of a customer's file.
  const free = await createTicket(cleo)
  const admins = ['attachment.added: ada (admin_for_technician)', 'attachment.added: olga (admin_for_technician)']
  expect(await file(cleo, undefined, free)).toEqual(admins)
  expect(await file(ada, 'public', free)).toEqual([`attachment.added: ${cleo.id} (customer)`])
  // A file that is gone, or that a comment carries by then, is not told by itself.
  const forComment = () =>
    told(async () => {
      const { attachment_id } = await attach(desk, cleo, free)
      const said = { body: 'Here.', visibility: 'public', attachment_ids: [attachment_id] }
      expectSuccess(await cleo.post(`/tickets/${free}/comments`, said))
    })
  expect(await forComment()).toEqual([
    'comment.added: ada (admin_for_technician)',
    'comment.added: olga (admin_for_technician)',
  ])
  const withdrawn = () =>
    told(async () => {
      const { attachment_id } = await attach(desk, cleo, free)
      expectSuccess(await cleo.delete(`/tickets/${free}/attachments/${attachment_id}`))
    })
  expect(await withdrawn()).toEqual([])
})

test('a ticket that is moved tells the customer who has it now, and its technician, and not the customer before', async () => {
  const world = await start()
  const { told, ada, tess, cleo, carl } = world
  const id = await createAssignedTicket(world)
  const moveTo = async (customer_id: string) => expectSuccess(await ada.post(`/tickets/${id}/move`, { customer_id }))
  const byTheMove = [`ticket.moved: ${carl.id} (customer)`, `ticket.moved: ${tess.id} (technician)`]
  expect(await told(() => moveTo(carl.id))).toEqual(byTheMove)
  // The ticket is moved again before anybody is told: only its present customer is told, by the later event.
  const thereAndBack = async () => {
    await moveTo(cleo.id)
    await moveTo(carl.id)
  }
  expect((await told(thereAndBack)).sort()).toEqual([...byTheMove, `ticket.moved: ${tess.id} (technician)`].sort())
})

test('the bound grows with the technicians of the category, only where the queue is told', async () => {
  const world = await start()
  const { ada, tess, cleo, tenantId } = world
  await exec(
    desk.owner,
    sql`with made as (
          insert into accounts (tenant_id, account_id, role, name, email, sign_in_name, password_hash, status)
          select ${tenantId}, 'TEC' || (1000 + n), 'technician', 'P', 'p' || n || '@example.com', 'p' || n, 'x', 'active'
          from generate_series(1, 30) n)
        insert into technicians (tenant_id, technician_number, phone_number, category)
        select ${tenantId}, 1000 + n, '1', 'network' from generate_series(1, 30) n`,
  )
  const [id, other] = [await createTicket(cleo), await createTicket(cleo, { issue_category: 'Doors' })]
  for (const ticket of [id, other]) {
    await assignTicket(ada, ticket, tess)
    expectSuccess(await ada.put(`/tickets/${ticket}`, { technician_id: null }))
  }
  expectSuccess(await ada.put(`/tickets/${id}`, { priority: 'high' }))
  expectSuccess(await ada.put(`/tickets/${id}`, { priority: 'urgent' }))
  expectSuccess(await comment(ada, id, 'A note.', 'internal'))
  expectSuccess(await comment(ada, id, 'Hello.'))
  await assignTicket(ada, id, tess)
  expectSuccess(await ada.delete(`/technicians/${tess.id}`))
  expectSuccess(await ada.delete('/technicians/TEC0002'))
  const weights = await many(
    desk.app.pool,
    z.object({ bound: z.string() }),
    sql`select e.type || ' ' || ${recipientsAtMost} as bound from events e
        where e.tenant_id = ${tenantId} and e.event_id > (
          select max(o.event_id) from events o where o.tenant_id = e.tenant_id and o.type = 'ticket.created')
        order by e.event_id`,
  )
  // 32 technicians for networks, two admins, and those that the event names.
  expect(weights.map(({ bound }) => bound)).toEqual([
    'ticket.assigned 3',
    'ticket.unassigned 35',
    'ticket.assigned 3',
    'ticket.unassigned 3',
    'ticket.updated 0',
    'ticket.updated 35',
    'comment.added 36',
    'comment.added 2',
    'ticket.assigned 3',
    'ticket.unassigned 0',
    'technician.deactivated 34',
    'technician.deactivated 0',
  ])
})
