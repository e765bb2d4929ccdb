import { afterAll, beforeAll, expect, test } from 'vitest'
import { followersOf } from '../../modules.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import { createTicket, deleteTicket, linkTicket, restoreTicket } from '../support/create-tickets.ts'
import { attach } from '../support/files.ts'
import { logPlans, onPlan, rowsRead } from '../support/logged-plans.ts'
import { createApi, expectSuccess } from '../support/requests.ts'
import { seedTenant } from '../support/seed-tenant.ts'
import { seedTickets } from '../support/seed-tickets.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// One large tenant where the statistics say that most tenants are small. A plan for all values then expects few rows of
// a tenant, and may read all of them.

const password = 'correct-horse-7'
const count = 4_000
/** How many tenants each table seems to have. */
const tenants = 1_000
/** More rows than any of these statements needs. */
const many = 1_500

let base: Desk
let desk: Desk
const wasteful = new Set<string>()

beforeAll(async () => {
  base = await startDesk({ withWorker: false })
  const { owner: pool } = base
  const tenantId = await seedTenant(base.app, 'large', { password, customers: count })
  await seedTickets(pool, tenantId, count, count)
  for (const statement of [
    `insert into comments (tenant_id, comment_id, ticket_number, author_id, visibility, body, created_at)
     select t.tenant_id, gen_random_uuid(), t.ticket_number, t.customer_id, 'public', 'Still down.', now() from tickets t`,
    `insert into attachments (tenant_id, attachment_id, ticket_number, comment_id, author_id, file_name, content_type,
       size, sha256, visibility, created_at)
     select c.tenant_id, gen_random_uuid(), c.ticket_number, c.comment_id, c.author_id, 'a.txt', 'text/plain', 1,
       repeat('0', 64), c.visibility, now() from comments c`,
    `insert into deleted_links (tenant_id, ticket_number, kind, other_number, created_at, created_by)
     select t.tenant_id, t.ticket_number, 'duplicate', t.ticket_number + 1, now(), t.customer_id
     from tickets t where t.ticket_number < ${count}`,
    `do $$ declare t record; begin
       for t in select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
         where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'tenants' loop
         execute format('alter table %I alter column tenant_id set (n_distinct = ${tenants})', t.relname);
       end loop; end $$`,
  ]) {
    await pool.query(statement)
  }
  await logPlans(pool, { analyze: true })
  await pool.query('vacuum analyze')
  desk = await startDesk({ databaseUrl: base.databaseUrl, withWorker: false })
  onPlan(desk.app.pool, (plan) => {
    if (rowsRead(plan) > many) wasteful.add(plan['Query Text'])
  })
})
afterAll(async () => {
  await desk?.stop()
  await base?.stop()
})

const signIn = async (name: string) => {
  const reply = await createApi(desk.url, { 'X-Tenant': 'large' }).post('/auth/login', {
    user_id_or_email: name,
    password,
  })
  return createApi(desk.url, { Authorization: `Bearer ${reply.body.token}` })
}

test('a large tenant among small ones reads no table wholly for one ticket', async () => {
  const [admin, customer] = [await signIn('admin'), await signIn('CUS0001')]
  const [id, other] = [await createTicket(customer), await createTicket(customer)]
  const path = `/tickets/${id}`
  expectSuccess(await admin.put(`${path}/watchers/TEC0003`))
  expectSuccess(await customer.post(`${path}/comments`, { body: 'Still down.' }))
  expectSuccess(await admin.post(`${path}/comments`, { body: 'Look, @TEC0002', visibility: 'internal' }))
  expectSuccess(await admin.patch(path, { priority: 'high' }, { headers: { 'If-Match': '*' } }))
  expectSuccess(await customer.get(`${path}/comments`))
  expectSuccess(await admin.get('/tickets/TKT0042/comments'))
  expectSuccess(await admin.get(`${path}/history`))
  await attach(desk, customer, id)
  expectSuccess(await admin.get(`${path}/recipients?visibility=public`))
  await linkTicket(admin, id, 'related', other)
  expectSuccess(await admin.post(`/tickets/${other}/move`, { customer_id: 'CUS0043' }))
  await deleteTicket(admin, id)
  expectSuccess(await restoreTicket(admin, id))
  while ((await fanOutOnce(desk.app.pool, followersOf(desk.app), 500)) > 0);
  expect([...wasteful]).toEqual([])
})
