import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LoggedPlan, logPlans, onPlan, rowsRead, stepsOf } from '../../../testing/support/logged-plans.ts'
import { createOperator } from '../../../testing/support/operator-client.ts'
import { password } from '../../../testing/support/people.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { seedTenant } from '../../../testing/support/seed-tenant.ts'
import { seedTickets } from '../../../testing/support/seed-tickets.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { usageCounts } from './tenants.schemas.ts'

// What the list of tenants costs with a thousand of them, and one that is large.

const [customers, tickets, mails] = [10_500, 18_000, 10_500] as const

/** A file for each ticket. */
const files = `insert into attachments (tenant_id, attachment_id, ticket_number, author_id, file_name, content_type, size, sha256,
    visibility, created_at)
  select t.tenant_id, gen_random_uuid(), t.ticket_number, t.customer_id, 'a.txt', 'text/plain', 2, repeat('0', 64),
    'public', now() from tickets t`

let base: Desk
let desk: Desk
const plans: LoggedPlan[] = []

beforeAll(async () => {
  base = await startDesk({ withWorker: false })
  const { owner } = base
  const large = await seedTenant(base.app, 'm-large', { password, customers })
  await seedTickets(owner, large, tickets, customers)
  for (const statement of [
    `insert into tenants (slug, name, host, state, suspended_at)
     select 't-' || n, 'Organisation ' || n, case when n % 10 = 0 then 'h' || n || '.example.com' end,
       case when n % 100 = 0 then 'suspended' else 'active' end, case when n % 100 = 0 then now() end
     from generate_series(1, 1000) n`,
    `insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
     select t.tenant_id, 'ticket.created', t.ticket_id, 1, t.customer_id, 'customer' from tickets t`,
    `insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
       recipient_email, ticket_id, message_id, state)
     select e.tenant_id, gen_random_uuid(), e.event_id, e.actor_id, 'ticket_created_customer', '{}', e.actor_id,
       e.actor_id || '@example.com', e.subject_id, e.subject_id, 'queued'
     from events e where e.type = 'ticket.created' limit ${mails}`,
    files,
    files,
    files,
  ]) {
    await owner.query(statement)
  }
  await logPlans(owner, { analyze: true })
  // Without `vacuum`, as right after a load of data: then an index is dear to the planner.
  await owner.query('analyze')
  desk = await startDesk({ databaseUrl: base.databaseUrl, withWorker: false })
  onPlan(desk.app.pool, (plan) => plans.push(plan))
}, 120_000)
afterAll(async () => {
  await desk?.stop()
  await base?.stop()
})

/** The tables that a statement reads as a whole, but for that of tenants and of counters, which have few rows. */
const scansIn = (plan: LoggedPlan | undefined): (string | undefined)[] => {
  const scans = plan === undefined ? [] : stepsOf(plan).filter((step) => step['Node Type'] === 'Seq Scan')
  return scans.map((step) => step['Relation Name']).filter((name) => name !== 'tenants' && name !== 'counters')
}

/** Asks for a page, and answers with it and with what its statement read. */
const asked = async (query: string) => {
  plans.length = 0
  const body = bodyOf(await createOperator(desk).get(`/tenants${query}`))
  const own = plans.filter(({ 'Query Text': text }) => text.includes('mails_waiting'))
  expect(own).toHaveLength(1)
  const slugs = body.tenants.map(({ slug }: { slug: string }) => slug)
  return { body, slugs, read: Math.max(...own.map(rowsRead)), plan: own[0] }
}

const tenants = 1_001

test('a page reads its own tenants, and of a large one no more than is counted', async () => {
  const { body, read, plan } = await asked('?q=m-large')
  expect(body.tenants[0].usage).toMatchObject({
    customers: usageCounts.rows,
    tickets,
    file_bytes: 2 * usageCounts.files,
    mails_waiting: usageCounts.rows,
  })
  // Accounts of three roles, files and mails, each up to its bound.
  expect(read).toBeLessThan(2 * usageCounts.rows + usageCounts.files + tenants + 100)
  expect(scansIn(plan)).toEqual([])
})

test('tenants are paged through to the last, and each page costs the same', async () => {
  const found: string[] = []
  const reads: number[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof asked>> = await asked(
      `?limit=100${cursor === null ? '' : `&cursor=${cursor}`}`,
    )
    found.push(...page.slugs)
    expect(scansIn(page.plan)).toEqual([])
    // The page of the large tenant is the first.
    if (!page.slugs.includes('m-large')) reads.push(page.read)
    cursor = page.body.page.next_cursor
  } while (cursor !== null)
  expect([found.length, new Set(found).size]).toEqual([tenants, tenants])
  expect(found).toEqual([...found].sort())
  expect(Math.max(...reads)).toBeLessThan(1_000)
})

test.each([
  ['?q=t-77', 't-77', 11],
  ['?q=organisation%20999', 't-999', 1],
  ['?q=H550.example', 't-550', 1],
  ['?state=suspended', 't-100', 10],
  ['?q=t-5&state=suspended', 't-500', 1],
  ['?q=%25', undefined, 0],
])('%s finds by slug, name, host and state', async (query, first, count) => {
  const { slugs, read, plan } = await asked(`${query}${query.includes('?') ? '&' : '?'}limit=100`)
  expect([slugs[0], slugs.length]).toEqual([first, count])
  expect(scansIn(plan)).toEqual([])
  expect(read).toBeLessThan(tenants + 50 * count + 50)
})
