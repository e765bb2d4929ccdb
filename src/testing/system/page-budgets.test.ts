import { afterAll, beforeAll, expect, test } from 'vitest'
import { followersOf } from '../../modules.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { pageBudget } from '../../platform/page-budget.ts'
import { createTicket } from '../support/create-tickets.ts'
import { createWorld, type World } from '../support/people.ts'
import { type Api, bodyOf, expectStatus } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// A page of a list has a budget of bytes. Every list that carries long texts is here.

let desk: Desk
let world: World
/** The longest text there may be, of pairs of surrogates, whose every character takes four bytes. */
const longest = '😀'.repeat(5_000)
const comments = 16

beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
  world = await createWorld(desk)
  const { ada, cleo, carl } = world
  await createTicket(cleo, { issue_description: longest })
  await createTicket(carl, { issue_description: 'Short.' })
  await desk.owner.query(
    `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, customer_id, technician_id,
       status, resolution_summary, resolved_date)
     select t.tenant_id, 100 + i, t.subject, t.issue_category, t.issue_description, t.customer_id, 'TEC0001', 'resolved',
       t.issue_description, now()
     from tickets t, generate_series(1, 60) i where t.tenant_id = $1 and t.ticket_number = 1`,
    [world.tenantId],
  )
  for (let count = 0; count < comments; count += 1) {
    const said = await cleo.post('/tickets/TKT0001/comments', { body: longest, visibility: 'public' })
    const { comment_id } = expectStatus(said, 201).body
    expectStatus(
      await ada.put(`/tickets/TKT0001/comments/${comment_id}`, { body: `${count}${'x'.repeat(9_000)}` }),
      200,
    )
    if (count % 2 === 0) expectStatus(await ada.put(`/tickets/TKT0001/comments/${comment_id}`, { body: longest }), 200)
  }
  // A comment on a ticket that is merged belongs to the conversation.
  await createTicket(cleo)
  expectStatus(await cleo.post('/tickets/TKT0003/comments', { body: longest, visibility: 'public' }), 201)
  expectStatus(await ada.post('/tickets/TKT0003/merge', { into: 'TKT0001' }), 200)
  while ((await fanOutOnce(desk.app.pool, followersOf(desk.app), 500)) > 0);
}, 60_000)
afterAll(() => desk?.stop())

const lists: [string, () => Api, string, string][] = [
  ['all tickets', () => world.ada, '/tickets', 'tickets'],
  ['tickets that are searched', () => world.ada, '/tickets?q=network', 'tickets'],
  ['tickets of a customer', () => world.cleo, '/tickets/customer/CUS0001', 'tickets'],
  ['tickets of a technician', () => world.tess, '/tickets/technician/TEC0001', 'tickets'],
  ['comments, with those of merged tickets', () => world.cleo, '/tickets/TKT0001/comments', 'comments'],
  ['the history', () => world.ada, '/tickets/TKT0001/history', 'history'],
  ['the audit', () => world.ada, '/audit', 'events'],
  ['the feed', () => world.ada, '/events?types=comment.*', 'events'],
]

test.each(lists)('a page of %s fits its budget, and says what was cut', async (_, person, path, name) => {
  const page = expectStatus(await person().get(`${path}${path.includes('?') ? '&' : '?'}limit=100`), 200)
  expect(Buffer.byteLength(page.text)).toBeLessThanOrEqual(pageBudget)
  expect(Buffer.byteLength(page.text)).toBeGreaterThan(pageBudget * 0.8)
  expect(page.text.isWellFormed() && !page.text.includes('\\ud83d')).toBe(true)
  const rows: { truncated?: true }[] = page.body[name]
  const cut = rows.filter(({ truncated }) => truncated)
  expect(cut.length).toBeGreaterThan(5)
  // Beginnings of a text, and no part of anything else.
  for (const text of JSON.stringify(cut).match(/😀+/g) ?? []) expect(longest.startsWith(text)).toBe(true)
  for (const row of rows)
    expect(row.truncated === true || Buffer.byteLength(JSON.stringify(row)) < pageBudget / 10).toBe(true)
})

test('the single ticket has all of its text, and a page within its budget cuts nothing', async () => {
  const ticket = bodyOf(await world.cleo.get('/tickets/TKT0001'))
  expect([ticket.issue_description, 'truncated' in ticket]).toEqual([longest, false])
  const page = bodyOf(await world.ada.get('/tickets?limit=5'))
  expect(page.tickets.map((row: object) => 'truncated' in row)).toEqual(Array(5).fill(false))
  const said = bodyOf(await world.cleo.get('/tickets/TKT0001/comments?limit=2'))
  expect(said.comments[0].body).toBe(longest)
  const first = bodyOf(await world.ada.get('/tickets/TKT0001/history?limit=10'))
  expect(JSON.stringify(first.history)).toContain(longest)
})

test('short texts stay whole beside long ones', async () => {
  const page = bodyOf(await world.ada.get('/tickets?limit=100'))
  const short = page.tickets.find(({ ticket_id }: { ticket_id: string }) => ticket_id === 'TKT0002')
  expect([short.issue_description, 'truncated' in short]).toEqual(['Short.', false])
})
