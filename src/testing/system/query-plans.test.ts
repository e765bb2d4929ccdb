import { afterAll, beforeAll, expect, test } from 'vitest'
import { expireOrderTask, expireOverdueOrders } from '../../modules/catalogue/orders/expire-orders.service.ts'
import { listShownEvents } from '../../modules/channels/feed/shown-events.service.ts'
import { closeTicketsInTime } from '../../modules/desk/ticket-changes/close-tickets.service.ts'
import { getTenantId } from '../../modules/identity/tenants/tenants.service.ts'
import { cleanUps, followersOf } from '../../modules.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { runCleanUps } from '../../platform/jobs/clean-up.ts'
import { createProduct, makeOverdue, orderProduct } from '../support/catalogue.ts'
import { createTicket } from '../support/create-tickets.ts'
import { attach, textFile, upload } from '../support/files.ts'
import { type LoggedPlan, logPlans, onPlan, stepsOf } from '../support/logged-plans.ts'
import { createApi, expectSuccess } from '../support/requests.ts'
import { seedTenant } from '../support/seed-tenant.ts'
import { seedTickets } from '../support/seed-tickets.ts'
import { newestRegistrationToken } from '../support/sign-in-requests.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// PostgreSQL logs the plan of each statement that ran (auto_explain), on tables that have grown. Each statement runs
// seven times: where a transaction lets PostgreSQL choose, it may take the plan for all values from the sixth use on.

const password = 'correct-horse-7'
const [customers, tickets] = [4_000, 12_000]
const uses = 7

/** The tables that grow with the life of a tenant. A handful of rows is read faster without an index. */
const growing = new Set([
  'tickets',
  'comments',
  'tags',
  'ticket_links',
  'deleted_links',
  'ticket_watchers',
  'attachments',
  'attachment_uploads',
  'events',
  'emails',
  'accounts',
  'customers',
  'sessions',
  'password_resets',
  'email_confirmations',
  'registrations',
  'notifications',
  'webhook_deliveries',
  'webhook_attempts',
  'products',
  'product_units',
  'orders',
])

let base: Desk
let desk: Desk
let plans: LoggedPlan[] = []

beforeAll(async () => {
  base = await startDesk({ withWorker: false })
  const { owner: pool } = base
  const [first] = [
    await seedTenant(base.app, 'large', { password, customers }),
    await seedTenant(base.app, 'small', { password, customers: 50 }),
  ]
  await seedTickets(pool, first, tickets, customers)
  await pool.query(
    `insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
     select t.tenant_id, 'ticket.created', t.ticket_id, 1, t.customer_id, 'customer' from tickets t`,
  )
  await pool.query(
    `insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
       recipient_email, ticket_id, message_id, state, created_at)
     select e.tenant_id, gen_random_uuid(), e.event_id, e.actor_id, 'ticket_created_customer', '{}', e.actor_id,
       e.actor_id || '@example.com', e.subject_id, e.subject_id, 'captured', now() - e.event_id * interval '1 second'
     from events e where e.type = 'ticket.created'`,
  )
  for (const statement of [
    `insert into sessions (tenant_id, account_id, refresh_hash, expires_at)
     select a.tenant_id, a.account_id, sha256(a.account_id::bytea), now() + interval '1 day' from accounts a`,
    `insert into password_resets (tenant_id, account_id, expires_at)
     select a.tenant_id, a.account_id, now() + interval '1 day' from accounts a`,
    `insert into email_confirmations (tenant_id, account_id, email, account_email, expires_at)
     select a.tenant_id, a.account_id, a.email, a.email, now() + interval '1 day' from accounts a`,
    `insert into registrations (tenant_id, kind, email, expires_at)
     select a.tenant_id, 'confirm', 'new-' || a.email, now() + interval '1 day' from accounts a`,
    `insert into comments (tenant_id, comment_id, ticket_number, author_id, visibility, body, created_at)
     select t.tenant_id, gen_random_uuid(), t.ticket_number, t.customer_id, 'public', 'Still down.', now() from tickets t`,
    `update tickets set tags = array['common', 'rare' || ticket_number % 900] where ticket_number % 2 = 0`,
    `insert into tags (tenant_id, tag, ticket_count)
     select t.tenant_id, tag, count(*) from tickets t cross join unnest(t.tags) as tag group by t.tenant_id, tag
     union all select t.tenant_id, 'other' || n, n % 3 from tenants t, generate_series(1, 5000) n`,
    `update tickets set merged_into_number = ticket_number + 1, final_target_number = ticket_number + 1
     where ticket_number % 50 = 1`,
    `insert into ticket_links (tenant_id, ticket_number, kind, other_number, created_by)
     select t.tenant_id, t.ticket_number, 'parent', t.ticket_number - t.ticket_number % 7, t.customer_id from tickets t
     where t.ticket_number > 7 and t.ticket_number % 7 > 0`,
    `insert into deleted_links (tenant_id, ticket_number, kind, other_number, created_at, created_by)
     select l.tenant_id, l.ticket_number, 'duplicate', l.other_number, now(), l.created_by from ticket_links l`,
    `insert into notifications (tenant_id, position, account_id, kind, reason, ticket_number, read_at)
     select t.tenant_id, t.ticket_number, w.account_id, 'ticket_comment', 'watcher', t.ticket_number,
       case when t.ticket_number % 3 = 0 then now() end
     from tickets t join accounts w on w.tenant_id = t.tenant_id and w.account_id in ('admin', 'TEC0001')`,
    `update tickets set deleted_at = now() where ticket_number > 1000 and ticket_number % 23 = 2`,
    `insert into ticket_watchers (tenant_id, ticket_number, account_id)
     select t.tenant_id, t.ticket_number, w.technician_id from tickets t
     join technicians w on w.tenant_id = t.tenant_id and (t.ticket_number + w.technician_number) % 9 = 0`,
    `insert into attachments (tenant_id, attachment_id, ticket_number, comment_id, author_id, file_name, content_type,
       size, sha256, visibility, created_at)
     select c.tenant_id, gen_random_uuid(), c.ticket_number, c.comment_id, c.author_id, 'a.txt', 'text/plain', 1,
       repeat('0', 64), c.visibility, now() from comments c`,
    `insert into attachment_uploads (tenant_id, upload_id, ticket_number, account_id, file_name, content_type, size,
       sha256, expires_at)
     select f.tenant_id, gen_random_uuid(), f.ticket_number, f.author_id, f.file_name, f.content_type, f.size, f.sha256,
       now() + interval '1 hour' from attachments f where f.author_id <> 'CUS0001'`,
    `insert into products (tenant_id, product_number, owner_id, title, kind, category, price, currency, units)
     select t.tenant_id, n, 'admin', 'Seeded ' || n, case n % 3 when 0 then 'loan' else 'one_off' end,
       'Things ' || n % 200, 0, 'EUR', 3
     from tenants t, generate_series(1, 4000) n where t.slug in ('large', 'small')`,
    `insert into product_units (tenant_id, product_number, unit_number)
     select p.tenant_id, p.product_number, u from products p, generate_series(1, 3) u`,
    `insert into orders (tenant_id, order_number, product_number, unit_number, customer_id, ticket_number, title, kind,
       category, price, currency, status, reserved_until)
     select t.tenant_id, t.ticket_number, 1 + t.ticket_number % 4000, 1, t.customer_id, t.ticket_number, 'Seeded',
       'one_off', 'Things', 0, 'EUR', case t.ticket_number % 3 when 0 then 'expired' else 'cancelled' end, now()
     from tickets t`,
    `update counters c set value = 20000 where c.name in ('product', 'order')`,
  ]) {
    await pool.query(statement)
  }
  while ((await fanOutOnce(pool, [], 500)) > 0);
  // A webhook of an admin and one of a technician. Both have been told nearly everything.
  for (const statement of [
    `insert into webhooks (tenant_id, webhook_number, owner_id, url, includes_internal, is_ordered, secret)
     select a.tenant_id, case a.account_id when 'admin' then 1 else 2 end, a.account_id,
       'https://hooks.example.com/' || a.account_id, false, false, ''
     from accounts a where a.account_id in ('admin', 'TEC0001')`,
    `insert into webhook_deliveries (tenant_id, webhook_number, position, epoch, state, settled_at, attempts, tries)
     select e.tenant_id, h.webhook_number, e.position, 'abcdefghijkl',
       case when e.position % 97 = 0 then 'waiting' when e.position % 89 = 0 then 'failed' else 'delivered' end,
       case when e.position % 97 > 0 then now() end, 1, 1
     from events e join webhooks h on h.tenant_id = e.tenant_id where e.position is not null`,
    `insert into webhook_attempts (tenant_id, webhook_number, position, try_number, attempted_at, duration_ms, status)
     select d.tenant_id, d.webhook_number, d.position, 1, now(), 7, 200 from webhook_deliveries d`,
  ]) {
    await pool.query(statement)
  }
  await logPlans(pool)
  await pool.query('vacuum analyze')
  desk = await startDesk({ databaseUrl: base.databaseUrl, withWorker: false })
  onPlan(desk.app.pool, (plan) => plans.push(plan))
}, 60_000)
afterAll(async () => {
  await desk?.stop()
  await base?.stop()
})

const scansIn = (plan: LoggedPlan): string[] =>
  stepsOf(plan)
    .filter((step) => step['Node Type'] === 'Seq Scan')
    .map((step) => step['Relation Name'] ?? '')
    .filter((table) => growing.has(table))

const expectIndexes = (): void => {
  expect(plans.length).toBeGreaterThan(0)
  const scans = plans.flatMap((plan) => scansIn(plan).map((table) => `${table}: ${plan['Query Text']}`))
  expect([...new Set(scans)]).toEqual([])
}

const signIn = async (name: string) => {
  const reply = await createApi(desk.url, { 'X-Tenant': 'large' }).post('/auth/login', {
    user_id_or_email: name,
    password,
  })
  return createApi(desk.url, { Authorization: `Bearer ${reply.body.token}` })
}

const lists = {
  admin: [
    '/tickets',
    '/tickets?sort=raised_date',
    '/tickets?sort=-updated_at',
    '/tickets?sort=-priority',
    '/tickets?status=new',
    '/tickets?status=new,assigned&priority=normal',
    '/tickets?issue_category=network',
    '/tickets?technician_id=none',
    '/tickets?technician_id=TEC0001&status=in_progress',
    '/tickets?customer_id=CUS0007',
    '/tickets?raised_from=2026-01-01T00:00:00Z&raised_to=2027-01-01T00:00:00Z',
    '/tickets?q=seeded+12',
    '/tickets?q=TKT0042',
    '/tickets?priority=high,urgent',
    '/tickets?updated_from=2026-01-01&sort=updated_at',
    '/tickets?resolved_from=2026-01-01&sort=-resolved_date',
    '/tickets?without=first_response',
    '/tickets?follow_up_of=TKT0042',
    '/tickets?watching=me',
    '/directory?role=customer',
    '/directory?q=customer',
    '/directory?q=customer+1234',
    '/directory?q=CUS1234',
    '/tickets?has=attachments',
    '/tickets?tags_all=common,rare42',
    '/tickets?tag=common',
    '/tickets?tag=rare42',
    '/tickets?tag=nothing&sort=-updated_at',
    '/tickets?merged=true',
    '/categories',
    '/tickets/board',
    '/tickets/counts?by=status,priority,technician,category,view',
    '/tickets/counts?by=view,raised_day,resolved_day&last_days=14',
    '/tickets/counts?by=status,priority&customer_id=CUS0007',
    '/tickets/counts?by=status,technician,category&customer_id=CUS0007',
    '/tickets/counts?by=status,technician,category,raised_day&raised_from=2026-11-01&raised_to=2026-11-30',
    '/tickets/counts?by=status,resolved_day&resolved_from=2026-11-01&resolved_to=2026-11-30',
    '/tickets/counts?by=status,category&tag=rare42',
    '/tags',
    '/tags?sort=-ticket_count',
    '/tags?q=rare4',
    '/tags?q=rare4&sort=-ticket_count',
    '/tickets/TKT0042/links',
    '/tickets/TKT0042/watchers',
    '/tickets/customer/CUS0001',
    '/tickets/technician/TEC0001',
    '/tickets/TKT0042',
    '/tickets/TKT0042/comments',
    '/last-comments?ticket=TKT0042,TKT0043,TKT0044',
    '/tickets/TKT0042/comments?sort=-created_at&since=2020-01-01',
    '/tickets/TKT0042/history',
    '/tickets/TKT0042/history?sort=-occurred_at',
    '/tickets/TKT0042/emails?sort=-created_at',
    '/audit',
    '/audit?actor=CUS0042',
    '/audit?actor=system',
    '/audit?type=ticket.created',
    '/audit?type=ticket.*',
    '/audit?type=sign_in.*&actor=system',
    '/audit?subject=TKT0042',
    '/audit?subject=TKT0042&type=ticket.*&actor=CUS0042',
    '/audit?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z',
    '/audit?to=2020-01-01T00:00:00Z&actor=CUS0042&type=ticket.created',
    '/audit/verify?count=7000',
    '/events',
    '/events?after=latest',
    '/events?types=ticket.*,comment.added&subject=TKT0042',
    '/tickets/TKT0042/attachments',
    '/customers',
    '/customers?q=customer+1234',
    '/customers?status=active',
    '/customers?status=invited,deactivated&q=customer+1234',
    '/customers/CUS0042',
    '/technicians',
    '/technicians?category=network',
    '/people',
    '/people?role=customer&status=active',
    '/people?status=invited,deactivated&q=customer+1234',
    '/people?q=customer',
    '/people?q=customer+1234',
    '/people/CUS0042',
    '/people/CUS0042/sign-in',
    '/emails',
    '/emails?state=captured',
    '/emails?account=CUS0042',
    '/emails?recipient=cus0042@example.com',
    '/emails?template=ticket_created_customer',
    '/emails?ticket_id=TKT0042',
    '/auth/me',
    '/notifications',
    '/notifications?unread=true',
    '/notifications?kind=ticket_comment',
    '/tickets/TKT0042/recipients?visibility=internal',
    '/webhooks',
    '/webhooks/WHK0001',
    '/webhooks/WHK0001/deliveries',
    '/webhooks/WHK0001/deliveries?state=waiting',
    '/webhooks/WHK0002/deliveries?state=failed,delivered',
    '/webhooks/WHK0001/deliveries/evt_abcdefghijkl_TENANT_9000',
    '/products',
    '/products?q=seeded+39',
    '/products?kind=loan,licence&available=true',
    '/products?category=things+7',
    '/products?category=things+7&kind=loan&available=false',
    '/products?owner=me',
    '/products/PRD0042',
    '/orders',
    '/orders?status=expired,reserved',
    '/orders?customer_id=CUS0007&status=expired',
    '/orders?product_id=PRD0042',
    '/orders?product_id=PRD0042&status=cancelled',
    '/orders?ticket_id=TKT0042',
    '/orders/ORD0042',
  ],
  CUS0001: [
    '/notifications',
    '/tickets/customer/CUS0001',
    '/tickets/customer/CUS0001?status=closed',
    '/tickets/counts?by=status,priority,technician,category',
    '/tickets/customer/CUS0001?merged=true',
    '/tickets?has=attachments',
    '/tickets?resolved_from=2026-01-01&sort=resolved_date',
    '/tickets?updated_to=2026-01-01&sort=updated_at',
    '/tickets/TKT4000',
    '/last-comments?ticket=TKT4000,TKT0042',
    '/tickets/TKT4000/history',
    '/customers/CUS0001',
    '/events',
    '/products?available=false&kind=loan',
    '/orders',
    '/orders?status=expired',
  ],
  TEC0001: [
    '/notifications',
    '/notifications?unread=true&kind=ticket_comment',
    '/events',
    '/events?types=ticket.*&subject=TKT0062',
    '/tickets',
    '/tickets?q=printer',
    '/tickets/counts?by=status,priority,technician,view',
    '/tickets?sort=-updated_at',
    '/tickets?status=new',
    '/tickets?tag=rare42',
    '/tickets?watching=me',
    '/tickets?technician_id=me&without=first_response',
    '/tickets?has=attachments',
    '/tickets?sort=-resolved_date',
    '/tickets?merged=true',
    '/tickets/TKT0062/links',
    '/tickets/technician/TEC0001',
    '/tickets/technician/TEC0001?sort=-priority',
    '/webhooks',
    '/webhooks/WHK0002/deliveries',
  ],
}

test.each(Object.entries(lists))('nothing that %s reads scans a table that grows', async (name, paths) => {
  const caller = await signIn(name)
  const tenantId = await getTenantId(base.app, 'large')
  plans = []
  for (const path of paths.map((one) => one.replace('TENANT', `${tenantId}`))) {
    for (let use = 0; use < uses; use += 1) {
      const reply = await caller.get(path)
      expect([path, reply.status]).toEqual([path, 200])
      const cursor = reply.body.page?.next_cursor
      if (typeof cursor === 'string' && use > 0) {
        await caller.get(`${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`)
      }
    }
  }
  expectIndexes()
})

test('what a thousand readers are shown of the log scans no table that grows', async () => {
  const tenantId = await getTenantId(base.app, 'large')
  const accounts = ['admin', 'TEC0001', 'TEC0002', ...Array.from({ length: 997 }, (_, at) => `CUS${1_001 + at}`)]
  plans = []
  for (const after of [0, 4_000, 11_990]) {
    const { rows } = await listShownEvents(desk.app.pool, tenantId, accounts, { after, limit: 2_000 })
    expect(rows.length).toBeGreaterThan(0)
  }
  expectIndexes()
})

test.each(['people', 'directory'])('a word that most have is looked for in the order of /%s', async (list) => {
  const admin = await signIn('admin')
  plans = []
  for (let use = 0; use < uses; use += 1) expectSuccess(await admin.get(`/${list}?q=customer`))
  const lists = plans.filter((plan) => plan['Query Text'].includes('lower(a.name'))
  expect(lists).toHaveLength(uses)
  // A planner that expects fewer than a page reads all who have the word, and sorts them.
  for (const plan of lists) {
    const inOrder = stepsOf(plan).find(
      (step) => step['Node Type'] === 'Index Scan' && step['Index Name'] === 'accounts_people',
    )
    expect(inOrder?.['Plan Rows']).toBeGreaterThan(25)
  }
})

const rare = {
  '/webhooks/WHK0001/deliveries?state=held': [
    'd.state = any',
    ['webhook_deliveries_by_state', 'webhook_deliveries_held'],
  ],
  '/notifications?kind=ticket_assigned': ['n.kind =', ['notifications_unread_kind', 'notifications_read_kind']],
} as const

test.each(Object.entries(rare))('%s reads only the few that it asks for', async (path, [condition, indexes]) => {
  const admin = await signIn('admin')
  plans = []
  for (let use = 0; use < uses; use += 1) expectSuccess(await admin.get(path))
  const filtered = plans.filter((plan) => plan['Query Text'].includes(condition))
  expect(filtered).toHaveLength(uses)
  for (const plan of filtered) {
    const used = stepsOf(plan).flatMap((step) => step['Index Name'] ?? [])
    const offered = used.filter((name) => /^(webhook_deliveries|notifications)_/.test(name))
    expect(offered.length).toBeGreaterThan(0)
    expect(offered.filter((name) => !(indexes as readonly string[]).includes(name))).toEqual([])
  }
})

test('no change, and nothing that follows from a change, scans a table that grows', async () => {
  plans = []
  const [admin, customer] = [await signIn('admin'), await signIn('CUS0001')]
  for (let use = 0; use < uses; use += 1) {
    await signIn('CUS0002')
    const id = await createTicket(customer)
    const path = `/tickets/${id}`
    const under = (key: string) => ({ headers: { 'If-Match': '*', 'Idempotency-Key': `${key} ${use}` } })
    expect((await admin.put(path, { technician_id: 'TEC0001' }, under('change'))).status).toBe(200)
    const said = await customer.post(`${path}/comments`, { body: 'Still down.', visibility: 'public' })
    const { attachment_id: file } = await attach(desk, customer, id)
    expect((await admin.get(`${path}/attachments/${file}`)).status).toBe(200)
    const carrying = { body: 'See there.', visibility: 'public', attachment_ids: [file] }
    expect((await customer.post(`${path}/comments`, carrying)).status).toBe(201)
    expect((await admin.delete(`${path}/attachments/${file}`)).status).toBe(204)
    await upload(desk, customer, id, textFile())
    expect((await admin.put(`${path}/comments/${said.body.comment_id}`, { body: 'Still.' })).status).toBe(200)
    expect((await admin.delete(`${path}/comments/${said.body.comment_id}`)).status).toBe(204)
    const early = await customer.post(`${path}/comments`, { body: 'Too early.', undo_seconds: 30 })
    expect((await customer.post('/undo', { token: early.body.undo_token })).status).toBe(200)
    expect(
      (
        await admin.post(
          '/tickets',
          { customer_id: 'CUS0003', issue_category: 'a', issue_description: 'b' },
          under('create'),
        )
      ).status,
    ).toBe(201)
    const nobody = createApi(desk.url, { 'X-Tenant': 'large' })
    await nobody.post('/auth/password/forgot', { email: 'customer9@large.example.com' })
    expect((await admin.patch('/settings', { registration: 'confirmed' })).status).toBe(200)
    const email = `newcomer${use}@large.example.com`
    expect((await nobody.post('/auth/register', { email })).status).toBe(202)
    const token = await newestRegistrationToken(base, { tenantId: await getTenantId(base.app, 'large') }, email)
    expect((await nobody.post('/auth/register/confirm', { token, password })).status).toBe(201)
    await fanOutOnce(desk.app.pool, followersOf(desk.app), 500)
    await closeTicketsInTime(desk.app)
    await runCleanUps(desk.app, cleanUps)
  }
  expectIndexes()
})

test('no order, and nothing that becomes of one, scans a table that grows', async () => {
  plans = []
  const [admin, customer] = [await signIn('admin'), await signIn('CUS0001')]
  for (let use = 0; use < uses; use += 1) {
    const product_id = await createProduct(admin, { units: 4, category: 'Network' })
    expectSuccess(await admin.put(`/products/${product_id}`, { units: 3 }))
    const [taken, lent] = [await orderProduct(customer, product_id), await orderProduct(customer, product_id)]
    expectSuccess(await customer.delete(`/orders/${taken}`))
    expectSuccess(await admin.post(`/orders/${lent}/complete`))
    expectSuccess(await admin.post(`/orders/${lent}/return`))
    const late = await orderProduct(customer, product_id)
    const tenant_id = await getTenantId(base.app, 'large')
    await makeOverdue(base, tenant_id, late)
    await expireOrderTask(desk.app, { tenant_id, order_id: late })
    const job = await orderProduct(customer, product_id)
    await base.owner.query(`update orders set reserved_until = now() - interval '1 hour' where order_id = $1`, [job])
    expect(await expireOverdueOrders(desk.app, 10)).toBe(1)
    await fanOutOnce(desk.app.pool, followersOf(desk.app), 500)
  }
  expectIndexes()
})

test('no resend of webhooks scans a table that grows', async () => {
  const admin = await signIn('admin')
  plans = []
  for (let use = 0; use < uses; use += 1) {
    // Of most of the log, which a resend bounds, a scan is the better plan.
    expectSuccess(await admin.post('/webhooks/WHK0001/resend', { from_position: 11_900, dry_run: true }))
    expectSuccess(await admin.post('/webhooks/WHK0002/resend', { from_position: 11_900 }))
    expectSuccess(await admin.post('/webhooks/WHK0001/resend', { since: '2999-01-01', dry_run: true }))
    expectSuccess(await admin.patch('/webhooks/WHK0001', { state: 'disabled' }))
    expectSuccess(await admin.patch('/webhooks/WHK0001', { state: 'enabled' }))
  }
  expectIndexes()
})

test('no change of a person scans a table that grows', async () => {
  const admin = await signIn('admin')
  const work = { phone_number: '030 1234', category: 'Doors' }
  const invited = { role: 'technician', name: 'Ida', email: 'ida@large.example.com', ...work }
  const { account_id } = expectSuccess(await admin.post('/people', invited)).body
  plans = []
  for (let use = 0; use < uses; use += 1) {
    for (const role of ['admin', 'technician'])
      expectSuccess(await admin.patch(`/people/${account_id}`, { role, current_password: password }))
    expectSuccess(await admin.delete('/people/CUS0044'))
    expectSuccess(await admin.post('/people/CUS0044/reactivate'))
    expectSuccess(await admin.delete('/people/CUS0044/sessions'))
    await fanOutOnce(desk.app.pool, followersOf(desk.app), 500)
  }
  expectIndexes()
})

test('no tag, link, watcher, merge or move scans a table that grows', async () => {
  plans = []
  const admin = await signIn('admin')
  const createOne = async (): Promise<string> => `/tickets/${await createTicket(admin, { customer_id: 'CUS0001' })}`
  for (let use = 0; use < uses; use += 1) {
    const [path, other] = [await createOne(), await createOne()]
    const otherId = other.slice('/tickets/'.length)
    for (const kind of ['parent', 'related', 'duplicate']) {
      expectSuccess(await admin.put(`${path}/links/${kind}/${otherId}`))
    }
    expectSuccess(await admin.delete(`${path}/links/related/${otherId}`))
    expectSuccess(await admin.put(`${path}/tags/common`))
    expectSuccess(await admin.put(`${other}/tags/rare${use}`))
    expectSuccess(await admin.delete(`${path}/tags/common`))
    expectSuccess(await admin.put(`${path}/watchers/TEC0001`))
    expectSuccess(await admin.delete(`${path}/watchers/TEC0001`))
    expectSuccess(await admin.put(other, { technician_id: 'TEC0001', status: 'in_progress' }))
    expectSuccess(await admin.put(other, { status: 'resolved', resolution_summary: 'Done.' }))
    expect((await admin.post(`${other}/close`)).body.code).toBe('children_open')
    expectSuccess(await admin.post(`${path}/merge`, { into: otherId }))
    expect((await admin.post(`${other}/merge`, { into: path.slice('/tickets/'.length) })).body.code).toBe(
      'merge_circle',
    )
    for (const customer_id of ['CUS0002', 'CUS0001']) {
      expectSuccess(await admin.post(`${other}/move`, { customer_id, confirm: use % 2 === 0 }))
    }
    await fanOutOnce(desk.app.pool, followersOf(desk.app), 500)
    expectSuccess(await admin.delete(other))
    for (const sort of ['-raised_date', 'raised_date', '-updated_at', '-priority']) {
      expectSuccess(await admin.get(`/tickets?deleted=true&sort=${sort}`))
    }
    expectSuccess(await admin.post(`${other}/restore`))
    expectSuccess(await admin.post(`${path}/unmerge`))
    expectSuccess(await admin.delete(other))
    await base.owner.query(`update tickets set kept_since = now() - interval '31 days' where ticket_id = $1`, [otherId])
    await runCleanUps(desk.app, cleanUps)
    await closeTicketsInTime(desk.app)
  }
  expectIndexes()
})
