import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, sql } from '../../platform/db/sql.ts'
import { assignTicket, createTicket } from '../support/create-tickets.ts'
import { createWorld, type World } from '../support/people.ts'
import type { Api } from '../support/requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

let desk: Desk
let ours: World
let theirs: World

beforeAll(async () => {
  desk = await startDesk()
  ours = await createWorld(desk)
  theirs = await createWorld(desk)
  for (const { ada, cleo, carl, tess } of [ours, theirs]) {
    for (let n = 1; n <= 5; n += 1) {
      const text = { subject: `Needle ${n}`, issue_description: 'The needle is lost' }
      await createTicket(n % 2 === 0 ? carl : cleo, text)
    }
    await assignTicket(ada, 'TKT0001', tess)
    await ada.put('/tickets/TKT0002', { technician_id: tess.id, status: 'in_progress' })
  }
  await desk.settled()
})
afterAll(() => desk?.stop())

/** Adds many tickets that match every search and filter below. */
const flood = async ({ tenantId }: World, customerId: string, count: number): Promise<void> => {
  await exec(
    desk.app.pool,
    sql`with counter as (
          update counters set value = value + ${count} where tenant_id = ${tenantId} and name = 'ticket'
          returning value - ${count} as base)
        insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, customer_id)
        select ${tenantId}, c.base + n, 'Needle of the flood', 'Printer', 'The needle is lost', 'urgent', ${customerId}
        from counter c, generate_series(1, ${count}) n`,
  )
}

/** Every byte that a person gets from lists: every page of every order and filter, with cursors. */
const whatSees = async (person: Api, id: string): Promise<string[]> => {
  const seen: string[] = []
  const own = id.startsWith('CUS')
    ? [`/tickets/customer/${id}`]
    : id.startsWith('TEC')
      ? [`/tickets/technician/${id}`]
      : []
  const people = id === 'ada' ? ['/customers?q=c', '/technicians', '/emails?ticket_id=TKT0001'] : []
  for (const path of ['/tickets', ...own, ...people]) {
    const orders = path.startsWith('/tickets')
      ? [
          'sort=-raised_date',
          'sort=raised_date',
          'sort=-updated_at',
          'sort=-priority',
          'q=needle',
          'q=-haystack',
          'status=new',
        ]
      : ['']
    for (const order of orders) {
      let cursor = ''
      do {
        const query = [path.split('?')[1], order, 'limit=2', cursor && `cursor=${cursor}`].filter(Boolean).join('&')
        const { status, body, text } = await person.get(`${path.split('?')[0]}?${query}`)
        expect(status, text).toBe(200)
        seen.push(text)
        expect(seen.length, 'pages of ten tickets at most').toBeLessThan(200)
        cursor = body.page.next_cursor ?? ''
      } while (cursor !== '')
    }
  }
  for (const filter of ['', '&q=needle', '&status=new', '&raised_from=2020-01-01']) {
    const by = ['status', 'priority', 'technician', 'category', ...(id.startsWith('CUS') ? [] : ['view'])]
    const { status, text } = await person.get(`/tickets/counts?by=${by}${filter}`)
    expect(status, text).toBe(200)
    seen.push(text)
  }
  const board = await person.get('/tickets/board')
  expect(board.status).toBe(id === 'ada' ? 200 : 403)
  if (id === 'ada') seen.push(board.text)
  return seen
}

test('lists, searches and cursors do not change when others fill theirs', async () => {
  const { ada, tess, cleo } = ours
  const before = {
    ada: await whatSees(ada, 'ada'),
    tess: await whatSees(tess, tess.id),
    cleo: await whatSees(cleo, cleo.id),
  }
  expect(before.ada.length).toBeGreaterThan(20)
  expect(before.cleo.length).toBeGreaterThan(10)
  await flood(theirs, theirs.cleo.id, 3_000)
  expect(await whatSees(ada, 'ada')).toEqual(before.ada)
  // The same flood in the same tenant, of another customer and in a category that is not Tess's.
  await flood(ours, ours.carl.id, 3_000)
  expect(await whatSees(tess, tess.id)).toEqual(before.tess)
  expect(await whatSees(cleo, cleo.id)).toEqual(before.cleo)
  // The people who may see the new tickets do see them.
  expect((await ada.get('/tickets?q=flood&limit=1')).body.page.has_more).toBe(true)
  expect((await ours.tom.get('/tickets?q=flood&limit=1')).body.page.has_more).toBe(true)
})

test('a cursor of the other tenant leads through the own rows only', async () => {
  const { body } = await theirs.ada.get('/tickets?sort=raised_date&limit=2')
  const page = await ours.cleo.get(`/tickets?sort=raised_date&cursor=${body.page.next_cursor}`)
  expect(page.status).toBe(200)
  for (const ticket of page.body.tickets) expect(ticket.customer_id).toBe(ours.cleo.id)
  expect(page.text).not.toContain(theirs.slug)
})

test('mails go to the people of their own tenant, and are listed there only', async () => {
  for (const { ada, tess, slug } of [ours, theirs]) {
    const { body } = await ada.get('/emails?limit=100')
    const to = body.emails.map((mail: { recipient_email: string }) => mail.recipient_email)
    // Two welcomes. For each of five tickets a confirmation and a mail to the admin. For two tickets a mail to Tess and
    // one to the customer, because Ada assigned them. For one ticket a mail that work goes on.
    expect(to).toHaveLength(2 + 5 * 2 + 2 * 2 + 1)
    for (const address of to) expect(address).toMatch(new RegExp(`@${slug}\\.example\\.com$`))
    expect(to.filter((address: string) => address === ada.email)).toHaveLength(5)
    expect(to.filter((address: string) => address === tess.email)).toHaveLength(2)
    const shown = await ada.get(`/emails/${body.emails[0].email_id}`)
    expect(shown.body.text).toContain(`Desk ${slug}`)
  }
  const [mail] = (await theirs.ada.get('/emails')).body.emails
  expect((await ours.ada.get(`/emails/${mail.email_id}`)).body.code).toBe('email_not_found')
})
