import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProduct, orderProduct } from '../../../testing/support/catalogue.ts'
import {
  createAssignedTicket,
  createTickets,
  deleteTicket,
  linkTicket,
  mergeTicket,
} from '../../../testing/support/create-tickets.ts'
import { endGrace } from '../../../testing/support/end-grace.ts'
import { attach, textFile } from '../../../testing/support/files.ts'
import { createOperator } from '../../../testing/support/operator-client.ts'
import { createWorld, password, type World } from '../../../testing/support/people.ts'
import { bodyOf, createApi, expectStatus, expectSuccess, verdict } from '../../../testing/support/requests.ts'
import { createMovableClock, enrol } from '../../../testing/support/second-factors.ts'
import { forgetPassword } from '../../../testing/support/sign-in-requests.ts'
import { sqlOn } from '../../../testing/support/sql-on.ts'
import { createWebhook, makeDelivery } from '../../../testing/support/webhook-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writeMails } from '../../../testing/support/write-mails.ts'
import { deleteDueTenants } from './delete-due-tenants.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

/** The tables that have rows of tenants, as the catalogue knows them. */
const tenantTables = async (): Promise<string[]> => {
  const rows = await sqlOn(
    desk.databaseUrl,
    `select c.table_name from information_schema.columns c
     join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
     where c.column_name = 'tenant_id' and c.table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1`,
  )
  return rows.map(({ table_name }) => String(table_name))
}

/** How many rows a tenant has in each table; tables without one are left out. */
const rowsOf = async ({ tenantId }: World): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const table of await tenantTables()) {
    const count = `select count(*)::integer as rows from ${table} where tenant_id = $1`
    const [row] = await sqlOn(desk.databaseUrl, count, [tenantId])
    if (Number(row?.rows) > 0) counts[table] = Number(row?.rows)
  }
  return counts
}

const filesOf = async ({ tenantId }: World): Promise<string[]> => {
  const keys = (await desk.app.store.list(null, 1_000)).map(({ key }) => key)
  return keys.filter((key) => key.startsWith(`${String(tenantId).padStart(10, '0')}/`))
}

const jobsOf = async ({ tenantId }: World): Promise<number> => {
  const jobs = `select count(*)::integer as jobs from graphile_worker._private_jobs where payload ->> 'tenant_id' = $1`
  return Number((await sqlOn(desk.databaseUrl, jobs, [String(tenantId)]))[0]?.jobs)
}

/** People work with everything that there is, so that every table has rows of the tenant. */
const live = async (world: World): Promise<void> => {
  const { ada, tess, cleo, nobody, tenantId, slug } = world
  const [first = '', second = '', third = ''] = await createTickets(cleo, 4)
  await mergeTicket(ada, first, second)
  await linkTicket(ada, second, 'related', third)
  await linkTicket(ada, third, 'parent', second)
  await deleteTicket(ada, third)
  const id = await createAssignedTicket(world)
  await linkTicket(ada, id, 'related', second)
  for (const path of ['tags/vpn', `watchers/${tess.id}`]) expectSuccess(await ada.put(`/tickets/${id}/${path}`))
  expectSuccess(await tess.put(`/tickets/${id}/presence`, { state: 'viewing' }))
  expectSuccess(await tess.put(`/tickets/${id}/drafts/reply`, { body: 'Not sent yet' }))
  const said = bodyOf(await cleo.post(`/tickets/${id}/comments`, { body: 'Still down.' }))
  const answer = { body: 'We look.', visibility: 'public', in_reply_to: said.comment_id, undo_seconds: 30 }
  expectSuccess(await tess.post(`/tickets/${id}/comments`, answer))
  const { attachment_id } = await attach(desk, cleo, id, textFile())
  await attach(desk, cleo, id, textFile('more.txt', 'more'))
  expectSuccess(await cleo.delete(`/tickets/${id}/attachments/${attachment_id}`))
  const announced = { file_name: 'a.txt', content_type: 'text/plain', size: 3 }
  expectSuccess(await cleo.post(`/tickets/${id}/attachments/upload-url`, announced))
  expectSuccess(await ada.post('/api-tokens', { name: 'Report', scopes: ['ticket:read'] }))
  expectSuccess(await ada.post('/service-accounts', { name: 'Robot', role: 'admin' }))
  expectSuccess(await cleo.patch('/me/notifications', { ways: { ticket_created: 'daily' }, digest_hour: 7 }))
  expectSuccess(await cleo.post('/me/email', { email: `new@${slug}.example.com`, current_password: password }))
  await forgetPassword(desk, world, world.carl)
  expectSuccess(await ada.patch('/me', { name: 'Ada' }, { headers: { 'Idempotency-Key': 'ada-1' } }))
  await enrol(world.tom, createMovableClock())
  expectStatus(await nobody.post('/auth/login', { user_id_or_email: world.tom.email, password }), 401)
  const confirmed = { registration: 'confirmed' }
  expectSuccess(await ada.patch('/settings', confirmed))
  expectSuccess(await nobody.post('/auth/register', { email: `late@${slug}.example.com` }))
  const template = { subject: '{{ticket_id}} Closed', text: 'Done.' }
  expectSuccess(await ada.put('/mail-templates/ticket_closed/en', template))
  await orderProduct(cleo, await createProduct(ada))
  const webhookId = await createWebhook(desk, world, ada)
  await createTickets(cleo, 2)
  await writeMails(desk)
  await makeDelivery(desk, world, ada, webhookId)
  for (const statement of [
    `insert into email_claims (tenant_id, email_id, holder, is_suspect)
     select tenant_id, email_id, gen_random_uuid(), false from emails where tenant_id = $1 limit 1`,
    `insert into digest_items (tenant_id, account_id, event_id, kind, due_at)
     select tenant_id, '${tess.id}', event_id, 'ticket_created', now() + interval '1 day' from events
     where tenant_id = $1 limit 1 on conflict do nothing`,
    `insert into webhook_attempts (tenant_id, webhook_number, position, try_number, attempted_at, duration_ms)
     select tenant_id, webhook_number, position, 1, now(), 5 from webhook_deliveries where tenant_id = $1 limit 1`,
    `insert into log_forks (tenant_id, epoch_number, position) select $1, epoch_number, 1 from log_epochs limit 1`,
  ]) {
    await sqlOn(desk.databaseUrl, statement, [tenantId])
  }
}

test('modules and the platform name every table with rows of tenants, each once', async () => {
  expect([...desk.app.tenantParts.tables].sort()).toEqual(await tenantTables())
})

test('a tenant goes with all its rows, jobs and files after its time, and no other does', async () => {
  const [world, other, young] = [await createWorld(desk), await createWorld(desk), await createWorld(desk)]
  await live(world)
  await live(other)
  const before = [await rowsOf(world), await rowsOf(other), await filesOf(world), await filesOf(other)]
  expect(Object.keys(before[0] ?? {})).toEqual(await tenantTables())
  expect([await jobsOf(world), (await filesOf(world)).length]).toEqual([2, 2])
  const [head] = await sqlOn(
    desk.databaseUrl,
    `select position::integer, encode(hash, 'hex') as hash from event_heads where tenant_id = $1`,
    [world.tenantId],
  )

  const operator = createOperator(desk)
  for (const { slug } of [world, young]) {
    expectStatus(await operator.delete(`/tenants/${slug}?confirm=${slug}`), 202)
  }
  const kept = await rowsOf(young)
  await deleteDueTenants(desk.app)
  expect(Object.keys(await rowsOf(world))).toEqual(Object.keys(before[0] ?? {}))
  await writeMails(desk)
  await endGrace(desk, world.tenantId)
  await deleteDueTenants(desk.app)

  expect(await rowsOf(world)).toEqual({})
  expect([await filesOf(world), await jobsOf(world)]).toEqual([[], 0])
  expect([await rowsOf(other), await filesOf(other)]).toEqual([before[1], before[3]])
  expect(await rowsOf(young)).toMatchObject({ ...kept, event_heads: 1 })
  expect(verdict(await operator.get(`/tenants/${world.slug}`))).toEqual([404, 'tenant_not_found'])
  const { entries } = bodyOf(await operator.get(`/tenants/log?slug=${world.slug}`))
  expect(entries[0]).toMatchObject({
    what: 'deleted',
    tenant_number: world.tenantId,
    address: null,
    last_position: Number(head?.position) + 1,
  })
  expect(entries[0].last_hash).toMatch(/^[0-9a-f]{64}$/)
  expect(entries[0].last_hash).not.toBe(head?.hash)

  const admin = { user_id: 'dana', name: 'Dana', email: 'dana@harbour.example.com' }
  const again = { slug: world.slug, name: 'Another', admin }
  expect(verdict(await operator.post('/tenants', again))).toEqual([409, 'slug_taken'])
  const nobody = createApi(desk.url, { 'X-Tenant': world.slug })
  expect(verdict(await nobody.post('/auth/login', { user_id_or_email: 'ada', password }))[0]).toBe(404)
  expect((await world.ada.get('/me')).status).toBe(401)
})

test('a deletion that was cut off goes on, and what cannot be deleted holds no other tenant up', async () => {
  const [stuck, world] = [await createWorld(desk), await createWorld(desk)]
  await createAssignedTicket(world)
  for (const { slug } of [stuck, world]) {
    expectStatus(await createOperator(desk).delete(`/tenants/${slug}?confirm=${slug}`), 202)
  }
  await writeMails(desk)
  for (const { tenantId } of [stuck, world]) await endGrace(desk, tenantId)
  await desk.owner.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'stuck'; end $$`,
  )
  await desk.owner.query(`create trigger refuse before delete on accounts for each row
    when (old.tenant_id = ${stuck.tenantId}) execute function refuse()`)
  await deleteDueTenants(desk.app)
  const left = await rowsOf(stuck)
  expect([left.accounts, left.tickets, left.sessions, left.tenants]).toEqual([5, undefined, undefined, 1])
  expect(await rowsOf(world)).toEqual({})
  await desk.owner.query('drop trigger refuse on accounts')
  await desk.owner.query('drop function refuse()')
  await deleteDueTenants(desk.app)
  expect(await rowsOf(stuck)).toEqual({})
})

test('the program itself can neither delete the events of a tenant whose time is not over, nor its log', async () => {
  const world = await createWorld(desk)
  const { pool } = desk.app
  const count = async () => (await rowsOf(world)).events
  const before = await count()
  const ask = (text: string) => pool.query(text, [world.tenantId])
  expect((await ask('select delete_tenant_events($1, 100) as deleted')).rows).toEqual([{ deleted: 0 }])
  const { slug } = world
  expectStatus(await createOperator(desk).delete(`/tenants/${slug}?confirm=${slug}`), 202)
  expect((await ask('select delete_tenant_events($1, 100) as deleted')).rows).toEqual([{ deleted: 0 }])
  expect((await ask('select * from end_tenant_log($1)')).rows).toEqual([])
  await expect(ask('delete from events where tenant_id = $1')).rejects.toThrow(/permission denied/)
  for (const change of [`update platform_log set slug = 'x'`, 'delete from platform_log']) {
    await expect(ask(`${change} where tenant_number = $1`)).rejects.toThrow(/permission denied/)
  }
  const early = `update tenants set deleted_after = now() where tenant_id = $1`
  await expect(ask(early)).rejects.toThrow(/after a day at the earliest/)
  const invented = `insert into platform_log (at, what, slug, tenant_number)
    values (now() - interval '9 days', 'deletion_requested', 'x', $1) returning at > now() - interval '1 hour' as is_new`
  expect((await ask(invented)).rows).toEqual([{ is_new: true }])
  // Also when the row says that the time is over, the log must say it.
  await desk.owner.query('alter table tenants disable trigger tenants_grace')
  await desk.owner.query(early, [world.tenantId])
  await desk.owner.query('alter table tenants enable trigger tenants_grace')
  expect((await ask('select delete_tenant_events($1, 100) as deleted')).rows).toEqual([{ deleted: 0 }])
  expect(await count()).toBe(Number(before) + 1)
  await writeMails(desk)
  const owner = desk.owner.query('delete from events where tenant_id = $1', [world.tenantId])
  await expect(owner).rejects.toThrow(/kept as it is/)
})
