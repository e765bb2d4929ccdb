import type pg from 'pg'
import type { App } from '../../platform/app-context.ts'
import { seedTenant } from './seed-tenant.ts'

/** The tenant of `seedSkewedDesk`. Everybody has the same password. */
export const skewed = { slug: 'skewed', password: 'correct-horse-7', tickets: 200_000, customers: 4_000 }

/**
 * A desk of which the average tells nothing. CUS0001 has 60,000 tickets, CUS0002 60, CUS4000 none, the others some 35.
 * TEC0001 has most of the tickets, TEC0004 none, and none of their category Network to take. Few tickets are open, fewer
 * are urgent, none is waiting. Some were closed unassigned, some are merged, some deleted.
 */
const tickets = `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, status,
    customer_id, technician_id, resolution_summary, raised_date, updated_at, resolved_date, closed_date, deleted_at,
    merged_into_number)
  select $1, i, 'Seeded ' || i, p.category, 'Away since ' || i % 1000, case when i % 1000 = 7 then 'urgent'
    else (array['low', 'normal', 'high'])[1 + i % 3] end,
    p.status, p.customer, case when p.status <> 'new' and i % 97 > 0 then 'TEC000' || case i % 10 when 1 then 2 when 2 then 3 when 3 then 5 else 1 end end,
    case when p.status in ('resolved', 'closed') then 'Done.' end, p.raised, p.raised + (i % 50) * interval '1 hour',
    case when p.status in ('resolved', 'closed') then p.raised end,
    case when p.status = 'closed' then p.raised end, case when i % 101 = 1 then p.raised end,
    case when i % 53 = 1 then i + 1 end
  from generate_series($2::integer, $3::integer) i
  cross join lateral (select
    case when i <= 100000 or i % 10 > 0 then 'closed' when i % 97 = 0 then 'resolved'
      else (array['new', 'assigned', 'in_progress', 'resolved', 'new', 'new'])[1 + i / 10 % 6] end as status,
    case when i % 10 < 3 then 'CUS0001' when i % 2333 = 4 then 'CUS0002' else public_id('CUS', 3 + i % 3997) end as customer,
    (array['Printer', 'Printer', 'Software', 'Phone'])[1 + i / 7 % 4] as category,
    now() - (200000 - i) * interval '1 minute' as raised) p`

/** Runs two works at a time until none is left. */
const inTwoLanes = async (works: (() => Promise<unknown>)[]): Promise<void> => {
  const lane = async (): Promise<void> => {
    for (let work = works.shift(); work !== undefined; work = works.shift()) await work()
  }
  await Promise.all([lane(), lane()])
}

/** Adds rows without checking foreign keys, and with as much time as it takes. */
const insertTickets = async (owner: pg.Pool, values: number[]): Promise<void> => {
  const client = await owner.connect()
  await client.query('set session_replication_role = replica')
  await client.query('set statement_timeout = 0')
  await client.query(tickets, values)
  client.release(true)
}

/** Fills the table of tickets without its indexes, which are built afterwards: that takes a fifth of the time. */
const fillTickets = async (owner: pg.Pool, tenantId: number): Promise<void> => {
  const { rows: indexes } = await owner.query(
    `select i.indexname as name, i.indexdef as definition from pg_indexes i
     where i.tablename = 'tickets' and i.indexname <> 'tickets_pkey'`,
  )
  for (const { name } of indexes) await owner.query(`drop index ${name}`)
  const half = skewed.tickets / 2
  await inTwoLanes([0, half].map((base) => () => insertTickets(owner, [tenantId, base + 1, base + half])))
  await inTwoLanes(
    indexes.map(
      ({ definition }) =>
        () =>
          owner.query(definition),
    ),
  )
}

/** Fills a tenant with 200,000 tickets. Answers with its id. */
export const seedSkewedDesk = async (app: App, owner: pg.Pool): Promise<number> => {
  const tenantId = await seedTenant(app, skewed.slug, skewed)
  await fillTickets(owner, tenantId)
  await owner.query(
    `insert into ticket_watchers (tenant_id, ticket_number, account_id)
     select $1, i * 1999, 'TEC000' || 1 + i % 4 from generate_series(1, 100) i`,
    [tenantId],
  )
  await owner.query('vacuum analyze tickets')
  await owner.query('analyze')
  return tenantId
}
