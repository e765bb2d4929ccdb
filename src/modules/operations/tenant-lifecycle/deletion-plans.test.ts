import { afterAll, beforeAll, expect, test } from 'vitest'
import { deleteRows, tablesInOrder, unlinkRows } from '../../../platform/db/tenant-rows.ts'
import { endGrace } from '../../../testing/support/end-grace.ts'
import { type LoggedPlan, logPlans, onPlan, rowsRead, stepsOf } from '../../../testing/support/logged-plans.ts'
import { createOperator } from '../../../testing/support/operator-client.ts'
import { password } from '../../../testing/support/people.ts'
import { expectStatus } from '../../../testing/support/requests.ts'
import { seedTenant } from '../../../testing/support/seed-tenant.ts'
import { seedTickets } from '../../../testing/support/seed-tickets.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

// What a step of a deletion reads: as much as it deletes, however large the tenant is, and nothing of its neighbour.

const [tickets, customers, limit] = [3_000, 500, 100] as const

let base: Desk
let desk: Desk
let tenantId: number
const plans: LoggedPlan[] = []

beforeAll(async () => {
  base = await startDesk({ withWorker: false })
  const { owner } = base
  const neighbour = await seedTenant(base.app, 'neighbour', { password, customers: 4 * customers })
  tenantId = await seedTenant(base.app, 'going', { password, customers })
  await seedTickets(owner, neighbour, 4 * tickets, customers)
  await seedTickets(owner, tenantId, tickets, customers)
  for (const statement of [
    `insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role)
     select t.tenant_id, 'ticket.created', t.ticket_id, 1, t.customer_id, 'customer' from tickets t`,
    `insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
       recipient_email, ticket_id, message_id, state)
     select e.tenant_id, gen_random_uuid(), e.event_id, e.actor_id, 'ticket_created_customer', '{}', e.actor_id,
       e.actor_id || '@example.com', e.subject_id, e.subject_id, 'captured'
     from events e where e.type = 'ticket.created'`,
    `insert into comments (tenant_id, comment_id, ticket_number, author_id, visibility, body, created_at)
     select t.tenant_id, gen_random_uuid(), t.ticket_number, t.customer_id, 'public', 'Still down.', now() from tickets t`,
    `insert into sessions (tenant_id, account_id, refresh_hash, expires_at)
     select a.tenant_id, a.account_id, sha256(a.account_id::bytea), now() + interval '1 day' from accounts a`,
    `insert into notifications (tenant_id, position, account_id, kind, reason, ticket_number)
     select t.tenant_id, t.ticket_number, 'admin', 'ticket_comment', 'watcher', t.ticket_number from tickets t`,
    `update tickets set merged_into_number = ticket_number + 1, final_target_number = ticket_number + 1
     where ticket_number % 50 = 1`,
  ]) {
    await owner.query(statement)
  }
  expectStatus(await createOperator(base).delete('/tenants/going?confirm=going'), 202)
  await endGrace(base, tenantId)
  await logPlans(owner, { analyze: true })
  await owner.query('vacuum analyze')
  desk = await startDesk({ databaseUrl: base.databaseUrl, withWorker: false })
  onPlan(desk.app.pool, (plan) => plans.push(plan))
}, 90_000)
afterAll(async () => {
  await desk?.stop()
  await base?.stop()
})

/** The plans of what runs, as a list of what they read of one table. */
const readBy = async (table: string, run: () => Promise<unknown>): Promise<number> => {
  plans.length = 0
  await run()
  const own = plans.filter((plan) => stepsOf(plan).some((step) => step['Relation Name'] === table))
  return Math.max(0, ...own.map(rowsRead))
}

const names = ['sessions', 'notifications', 'emails', 'comments', 'events', 'tickets', 'accounts', 'customers']

test('each step reads what it deletes, and no more', async () => {
  const { pool } = desk.app
  const last = ['event_heads', 'tenants']
  const tables = await tablesInOrder(
    pool,
    desk.app.tenantParts.tables.filter((name) => !last.includes(name)),
  )
  expect(names.filter((name) => !tables.some((table) => table.name === name))).toEqual([])
  for (const table of tables) {
    const isGrown = names.includes(table.name)
    // A row that refers to another of its table is looked for among all rows of the tenant, but of no other tenant.
    const unlinked = await readBy(table.name, () => unlinkRows(pool, table, tenantId, limit))
    expect([table.name, unlinked, unlinked <= tickets + 4 * limit]).toEqual([table.name, unlinked, true])
    for (let step = 0; isGrown && step < 3; step += 1) {
      let deleted = 0
      const read = await readBy(table.name, async () => {
        deleted = await deleteRows(pool, table, tenantId, limit)
      })
      expect([table.name, deleted]).toEqual([table.name, limit])
      expect([table.name, read, read >= limit && read <= 4 * limit]).toEqual([table.name, read, true])
    }
    // What is left goes at once, so that the tables behind it can.

    while ((await deleteRows(base.app.pool, table, tenantId, 10_000)) > 0);
  }
})
