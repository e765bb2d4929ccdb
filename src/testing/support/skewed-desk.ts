import pg from 'pg'
import { seedTenant } from './seed-tenant.ts'
import type { Desk } from './workspace.ts'

/** The tenant of `seedSkewedDesk`. Everybody has the same password. */
export const skewed = { slug: 'skewed', password: 'correct-horse-7', tickets: 200_000, customers: 4_000 }

/**
 * A desk of which the average tells nothing. CUS0001 has 60,000 tickets, CUS0002 60, CUS4000 none, the others some 35.
 * TEC0001 has most of the tickets, TEC0004 none, and none of their category Network to take. Few tickets are open,
 * fewer are urgent, none is waiting. Some were closed unassigned, some are merged, some deleted. Nearly all closed
 * tickets were answered. 10,000 tickets follow TKT0010.
 */
const tickets = `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, status,
    customer_id, technician_id, resolution_summary, raised_date, updated_at, resolved_date, closed_date, deleted_at,
    gone_at, merged_into_number, final_target_number, first_response_at, follow_up_of_number, search)
  select $1, i, 'Seeded ' || i, p.category, 'Away since ' || i % 1000, case when i % 1000 = 7 then 'urgent'
    else (array['low', 'normal', 'high'])[1 + i % 3] end,
    p.status, p.customer, case when p.status <> 'new' and i % 97 > 0 then 'TEC000' || case i % 10 when 1 then 2 when 2 then 3 when 3 then 5 else 1 end end,
    case when p.status in ('resolved', 'closed') then 'Done.' end, p.raised, p.raised + (i % 50) * interval '1 hour',
    case when p.status in ('resolved', 'closed') then p.raised end,
    case when p.status = 'closed' then p.raised end, case when i % 101 = 1 then p.raised end,
    case when i % 101 = 1 and p.raised < now() - interval '29 days' then p.raised end,
    m.target, m.target, case when p.status not in ('new', 'assigned') and i % 4999 > 0 then p.raised end,
    case when i % 20 = 13 then 10 when i % 30000 = 17 then 11 end, w.search
  from (select to_tsvector('english', 'seeded since away') as search) w
  cross join generate_series($2::integer, $3::integer) i
  cross join lateral (select case when i % 53 = 1 then i + 1 end as target) m
  cross join lateral (select
    case when i <= 100000 or i % 10 > 0 then 'closed' when i % 97 = 0 then 'resolved'
      else (array['new', 'assigned', 'in_progress', 'resolved', 'new', 'new'])[1 + i / 10 % 6] end as status,
    case when i % 10 < 3 then 'CUS0001' when i % 2333 = 4 then 'CUS0002' else public_id('CUS', 3 + i % 3997) end as customer,
    (array['Printer', 'Printer', 'Software', 'Phone'])[1 + i / 7 % 4] as category,
    now() - (200000 - i) * interval '1 minute' as raised) p`

/** The system did most, and never what people do. The chain is not true, because nothing reads it here. */
const events = `insert into events (tenant_id, position, type, subject_id, actor_id, actor_role, occurred_at, content_salt,
    content_digest, hash)
  select $1, i, case when i % 3 > 0 then 'sign_in.failed' when i % 2 = 0 then 'ticket.created' else 'session.started' end,
    case when i % 3 > 0 then '-' when i % 9 = 0 then 'TKT0010' else public_id('TKT', i) end, case when i % 3 = 0 then public_id('CUS', 1 + i % 2) end,
    case when i % 3 > 0 then 'system' else 'customer' end, now() - (20000 - i) * interval '1 second',
    gen_random_uuid(), '', ''
  from generate_series(1, 20000) i`

/** Nearly all mails are to CUS0001 and were sent, in one template. */
const emails = `insert into emails (tenant_id, email_id, event_id, account_id, template, parameters, recipient_name,
    recipient_email, ticket_id, message_id, state, created_at)
  select $1, gen_random_uuid(), i, a.id, case when i % 5000 = 3 then 'account_invited' else 'ticket_created_customer' end,
    '{"ticket_subject": "Seeded"}', a.id, a.id || '@example.com', 'TKT0010', i, 'captured', now() - i * interval '1 second'
  from generate_series(1, 20000) i
  cross join lateral (select case when i % 5000 = 4 then 'CUS0002' else 'CUS0001' end as id) a`

/** CUS0001 reads no comment on their ticket TKT0010, although it has many. Nobody reads the latest ones on TKT0012. */
const comments = `insert into comments (tenant_id, comment_id, ticket_number, author_id, visibility, body, created_at,
    deleted_at)
  select $1, gen_random_uuid(), case when i > 5000 then 12 else 10 end, 'TEC0001',
    case when i > 5000 and i % 2 = 0 then 'public' else 'internal' end, 'Still away.', now() - i * interval '1 second',
    case when i > 5000 and i <= 10000 then now() end
  from generate_series(1, 10002) i`

/**
 * Nearly all products are one-off things of one category and one owner, and free. Those of another category are nearly
 * all taken.
 */
const products = `insert into products (tenant_id, product_number, owner_id, title, kind, category, price, currency, units)
  select $1, i, case when i % 5000 = 3 then 'TEC0004' else 'admin' end, 'Seeded ' || i,
    case when i % 5000 = 7 then 'loan' else 'one_off' end,
    case when i > 20000 then 'Sold' when i % 5000 = 9 then 'Phone' else 'Printer' end, 0, 'EUR',
    case when (i > 20000) = (i % 5000 = 11) then 1 else 0 end
  from generate_series(1, 40000) i`

/**
 * CUS0001 made nearly all orders, PRD0001 was ordered nearly always, and nearly all orders were cancelled. The oldest
 * order of each kind is the one that nearly none are like.
 */
const orders = `insert into orders (tenant_id, order_number, product_number, unit_number, customer_id, title, kind, category,
    price, currency, status, reserved_until)
  select $1, i, case when i % 5000 = 3 then 2 else 1 end, i, case when i % 5000 = 9 then 'CUS0002' else 'CUS0001' end,
    'Seeded', 'one_off', 'Printer', 0, 'EUR', case when i % 10000 = 7 then 'complete' when i % 9 = 0 then 'expired'
    else 'cancelled' end, now()
  from generate_series(1, 30000) i`

/**
 * Runs statements on two connections of their own, without time limits and without checking foreign keys, which takes
 * most of the time of writing many rows.
 */
export const runUnchecked = async (
  databaseUrl: string,
  statements: [text: string, values: unknown[]][],
): Promise<void> => {
  const lane = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query('set session_replication_role = replica')
    for (let next = statements.shift(); next !== undefined; next = statements.shift()) await client.query(...next)
    await client.end()
  }
  await Promise.all([lane(), lane()])
}

const indexes = `select i.indexname as name, i.indexdef as definition from pg_indexes i
  where i.tablename = 'tickets' and i.indexname <> 'tickets_pkey'`

/**
 * Fills a tenant with 200,000 tickets. Answers with its id. All tickets have the same words to be found by, because
 * making the words of each takes most of the time. So no more tickets can be created on this desk.
 */
export const seedSkewedDesk = async ({ app, owner, databaseUrl }: Desk): Promise<number> => {
  const tenantId = await seedTenant(app, skewed.slug, skewed)
  // Without its indexes, which are built afterwards, a table fills in a fifth of the time.
  const { rows } = await owner.query(indexes)
  for (const { name } of rows) await owner.query(`drop index ${name}`)
  await owner.query('alter table tickets alter column search drop expression')
  const [quarter, quarters] = [skewed.tickets / 4, [0, 1, 2, 3]]
  await runUnchecked(
    databaseUrl,
    quarters.map((index) => [tickets, [tenantId, index * quarter + 1, (index + 1) * quarter]]),
  )
  await runUnchecked(databaseUrl, [
    ...rows.map(({ definition }): [string, number[]] => [definition, []]),
    [events, [tenantId]],
    [emails, [tenantId]],
    [products, [tenantId]],
    [orders, [tenantId]],
    [
      `update accounts set status = 'deactivated' where tenant_id = $1 and role = 'customer' and account_id > 'CUS0100'
      and account_id < 'CUS3999'`,
      [tenantId],
    ],
  ])
  await owner.query(
    `insert into ticket_watchers (tenant_id, ticket_number, account_id)
     select $1, i * 1999, 'TEC000' || 1 + i % 4 from generate_series(1, 100) i`,
    [tenantId],
  )
  await owner.query(comments, [tenantId])
  await owner.query('analyze')
  return tenantId
}
