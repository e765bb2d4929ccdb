import { Client } from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { eventTypes } from '../../../contract/events.ts'
import { exec, many, sql } from '../../../platform/db/sql.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import type { Reply } from '../../../testing/support/requests.ts'
import { toldIn } from '../../../testing/support/told.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { getTenantId } from '../../identity/tenants/tenants.service.ts'
import { recipientsAtMost } from './recipients.steps.ts'
import { tellings } from './tellings.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const path = '/tickets/TKT0001'
const issue = { issue_category: 'Network', issue_description: 'No network' }
const ok = (reply: Reply): Reply => {
  expect(reply.status, reply.text).toBeLessThan(300)
  return reply
}
const say = (person: Person, visibility: string): Promise<Reply> =>
  person.post(`${path}/comments`, { body: 'Still down.', visibility })

test('a batch finds its recipients once, for all channels, and leaves out what is about none of its events', async () => {
  const { cleo } = await createWorld(desk)
  await writeMails(desk)
  ok(await cleo.post('/tickets', issue))
  const spy = vi.spyOn(Client.prototype, 'query')
  await writeMails(desk)
  const texts = spy.mock.calls.map(([query]) => (typeof query === 'string' ? query : (query as { text: string }).text))
  spy.mockRestore()
  const first = texts.findIndex((text) => text.includes('event_heads'))
  const round = texts.slice(first, texts.indexOf('commit', first) + 1)
  expect(round.filter((text) => text.includes('told_events'))).toHaveLength(1)
  for (const table of ['emails', 'digest_items', 'notifications']) {
    expect(
      round.filter((text) => text.includes(`insert into ${table}`)),
      table,
    ).toHaveLength(1)
  }
  // heads with begin, places, recipients, who has notifications, deliveries of webhooks, two signals, commit
  expect(round).toHaveLength(8)
})

test('everybody concerned is told once of an event, and nobody of their own act but by the confirmation', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const told = toldIn(desk, world)
  expect(await told(() => cleo.post('/tickets', issue))).toEqual([
    'ticket.created: CUS0001 (customer)',
    'ticket.created: ada (admin)',
  ])
  expect(await told(() => ada.put(path, { technician_id: tess.id }))).toEqual([
    'ticket.assigned: CUS0001 (customer)',
    'ticket.assigned: TEC0001 (technician)',
  ])
  expect(await told(() => ada.put(path, { technician_id: tom.id }))).toEqual([
    'ticket.assigned: CUS0001 (customer)',
    'ticket.assigned: TEC0001 (technician_before)',
    'ticket.assigned: TEC0002 (technician)',
  ])
  // Tom is the technician and watches the ticket, too.
  for (const person of [tess, tom]) ok(await ada.put(`${path}/watchers/${person.id}`))
  expect(await told(() => say(cleo, 'public'))).toEqual([
    'comment.added: TEC0001 (watcher)',
    'comment.added: TEC0002 (technician)',
  ])
  expect(await told(() => tom.put(path, { status: 'in_progress' }))).toEqual([
    'ticket.status_changed: CUS0001 (customer)',
  ])
  expect(await told(() => tom.put(path, { priority: 'high' }))).toEqual([])
})

test('customers are told nothing internal, as customer of the ticket or as watcher', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo, carl } = world
  const told = toldIn(desk, world)
  ok(await cleo.post('/tickets', issue))
  ok(await ada.put(path, { technician_id: tess.id }))
  // No request lets a customer watch a ticket.
  const tenantId = await getTenantId(desk.app, world.slug)
  await exec(
    desk.app.pool,
    sql`insert into ticket_watchers (tenant_id, ticket_number, account_id) values (${tenantId}, 1, ${carl.id})`,
  )
  expect(await told(() => say(ada, 'internal'))).toEqual(['comment.added: TEC0001 (technician)'])
  expect(await told(() => say(ada, 'public'))).toEqual([
    'comment.added: CUS0001 (customer)',
    'comment.added: CUS0002 (watcher)',
    'comment.added: TEC0001 (technician)',
  ])
  // Nor of an event that calls itself internal.
  await exec(desk.owner, sql`alter table events disable trigger user`)
  const silenced = await told(async () => {
    const reply = await ada.put(path, { status: 'in_progress' })
    await exec(
      desk.owner,
      sql`update events e set details = '{"visibility": "internal"}'
          where e.tenant_id = ${tenantId} and e.type = 'ticket.status_changed'`,
    )
    return reply
  })
  await exec(desk.owner, sql`alter table events enable trigger user`)
  expect(silenced).toEqual([])
})

test('the bound of the recipients grows with the watchers and the admins, where they are told, and with nothing else', async () => {
  const { slug, ada, tess, cleo } = await createWorld(desk)
  const tenantId = await getTenantId(desk.app, slug)
  ok(await cleo.post('/tickets', issue))
  ok(await cleo.post('/tickets', issue))
  ok(await ada.post('/tickets/TKT0002/merge', { into: 'TKT0001' }))
  ok(await ada.put(path, { technician_id: tess.id }))
  await exec(
    desk.owner,
    sql`with watchers as (insert into ticket_watchers select ${tenantId}, 1, 'TEC' || (1000 + n) from generate_series(1, 40) n)
        insert into accounts (tenant_id, account_id, role, name, email, sign_in_name, password_hash, status)
        select ${tenantId}, p.id, p.role, 'P', p.id || '@example.com', p.id, 'x', 'active'
        from (select 'boss' || n as id, 'admin' as role from generate_series(1, 9) n
          union all select 'TEC' || (1000 + n), 'technician' from generate_series(1, 40) n) p`,
  )
  ok(await say(cleo, 'public'))
  ok(await say(tess, 'public'))
  ok(await cleo.post('/tickets/TKT0002/comments', { body: 'Still down.', visibility: 'public' }))
  const weights = await many(
    desk.app.pool,
    z.object({ told: z.string() }),
    sql`select e.type || ' ' || coalesce(${recipientsAtMost}, -1) as told from events e
        where e.tenant_id = ${tenantId} and e.subject_id like 'TKT%' order by e.event_id`,
  )
  expect(weights.map(({ told }) => told)).toEqual([
    'ticket.created 11',
    'ticket.created 11',
    'ticket.merged 0',
    'ticket.absorbed 43',
    'ticket.assigned 3',
    'comment.added 52',
    'comment.added 42',
    'comment.added 52',
  ])
})

test('deactivated accounts are told nothing; admins stand in for a technician who is deactivated', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const told = toldIn(desk, world)
  ok(await cleo.post('/tickets', issue))
  expect(await told(() => say(cleo, 'public'))).toEqual(['comment.added: ada (admin_for_technician)'])
  ok(await ada.put(path, { technician_id: tess.id, status: 'in_progress' }))
  ok(await ada.put(`${path}/watchers/${tom.id}`))
  ok(await tess.put(path, { status: 'resolved', resolution_summary: 'Done.' }))
  for (const person of [tess, tom]) ok(await ada.delete(`/technicians/${person.id}`))
  expect(await told(() => cleo.post(`${path}/reopen`))).toEqual(['ticket.reopened: ada (admin_for_technician)'])
  expect(await told(() => say(cleo, 'public'))).toEqual(['comment.added: ada (admin_for_technician)'])
  expect(await told(() => say(ada, 'internal'))).toEqual([])
  ok(await ada.delete(`/customers/${cleo.id}`))
  expect(await told(() => say(ada, 'public'))).toEqual([])
})

test('a restored ticket is told to its technician and watchers, not to its customer; what was said before is not told again', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const told = toldIn(desk, world)
  ok(await cleo.post('/tickets', issue))
  ok(await ada.put(path, { technician_id: tess.id }))
  ok(await ada.put(`${path}/watchers/${tom.id}`))
  expect(
    await told(async () => {
      ok(await say(cleo, 'public'))
      return ada.delete(path)
    }),
  ).toEqual([])
  expect(await told(() => ada.post(`${path}/restore`))).toEqual([
    'ticket.restored: TEC0001 (technician)',
    'ticket.restored: TEC0002 (watcher)',
  ])
  ok(await ada.delete(path))
  ok(await ada.delete(`/technicians/${tess.id}`))
  expect(await told(() => ada.post(`${path}/restore`))).toEqual(['ticket.restored: TEC0002 (watcher)'])
})

test('an event that is meant for an account alone is told to the account, also of its own act', async () => {
  const world = await createWorld(desk)
  const told = toldIn(desk, world)
  const { nobody, slug, cleo } = world
  const registration = { name: 'Nora', email: `nora@${slug}.example.com`, password: 'correct-horse-7' }
  expect(await told(() => nobody.post('/auth/register', registration))).toEqual([
    'customer.registered: CUS0003 (account)',
  ])
  expect(await told(() => nobody.post('/auth/password/forgot', { email: cleo.email }))).toEqual([
    'password.reset_requested: CUS0001 (account)',
  ])
  const email = `nils@${slug}.example.com`
  expect(await told(() => world.ada.post('/customers', { name: 'Nils', email }))).toEqual([
    'account.invited: CUS0004 (account)',
  ])
})

test('customers are told only of events of their tickets that the catalogue lets them read', () => {
  const ofCustomers = tellings.filter(({ reason }) => reason === 'customer')
  for (const { type } of ofCustomers) expect(eventTypes[type].customers, type).not.toBe('never')
  for (const { type, reason } of tellings) {
    if (eventTypes[type].subject === 'account') expect(['account', 'admin', 'colleague'], type).toContain(reason)
    else expect(['account', 'colleague'], type).not.toContain(reason)
  }
})

test('of a merge are told the customer, the technicians of both tickets and the watchers of both, each once', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo, technician } = world
  const [zoe, zack] = [await technician('Zoe', 'Doors'), await technician('Zack', 'Doors')]
  const told = toldIn(desk, world)
  for (const [id, person] of [
    ['TKT0001', tess],
    ['TKT0002', tom],
  ] as const) {
    ok(await cleo.post('/tickets', issue))
    ok(await ada.put(`/tickets/${id}`, { technician_id: person.id }))
  }
  ok(await ada.put(`/tickets/TKT0001/watchers/${zoe.id}`))
  for (const person of [zack, zoe]) ok(await ada.put(`/tickets/TKT0002/watchers/${person.id}`))
  ok(await tom.put('/tickets/TKT0002', { status: 'in_progress' }))
  ok(await tom.put('/tickets/TKT0002', { status: 'resolved', resolution_summary: 'Done.' }))
  const everybody = [
    'ticket.absorbed: CUS0001 (customer)',
    'ticket.absorbed: TEC0001 (technician_of_merged)',
    'ticket.absorbed: TEC0002 (technician)',
    'ticket.absorbed: TEC0003 (watcher)',
    'ticket.absorbed: TEC0004 (watcher)',
  ]
  // The merge reopens the target, and nobody gets a second mail for that.
  expect(await told(() => ada.post('/tickets/TKT0001/merge', { into: 'TKT0002' }))).toEqual(everybody)
  expect((await cleo.get('/tickets/TKT0002')).body.status).toBe('in_progress')
  // Who watched the merged ticket is told of what is said on the final target.
  expect(await told(() => cleo.post('/tickets/TKT0002/comments', { body: 'Again.', visibility: 'public' }))).toEqual([
    'comment.added: TEC0001 (watcher)',
    'comment.added: TEC0002 (technician)',
    'comment.added: TEC0003 (watcher)',
    'comment.added: TEC0004 (watcher)',
  ])
  expect(await told(() => ada.post('/tickets/TKT0001/unmerge'))).toEqual([])
})

test('when a merge reopens a ticket that no active technician has, the admins are told', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo, tenantId } = world
  const told = toldIn(desk, world)
  for (let count = 0; count < 2; count += 1) ok(await cleo.post('/tickets', issue))
  ok(await ada.put(path, { technician_id: tess.id, status: 'in_progress' }))
  ok(await tess.put(path, { status: 'resolved', resolution_summary: 'Done.' }))
  ok(await ada.delete(`/technicians/${tess.id}`))
  await exec(
    desk.owner,
    sql`insert into accounts (tenant_id, account_id, role, name, email, sign_in_name, password_hash, status)
        values (${tenantId}, 'boss', 'admin', 'B', 'boss@example.com', 'boss', 'x', 'active')`,
  )
  expect(await told(() => ada.post('/tickets/TKT0002/merge', { into: 'TKT0001' }))).toEqual([
    'ticket.absorbed: CUS0001 (customer)',
    'ticket.reopened: boss (admin_for_technician)',
  ])
})
