import type pg from 'pg'

const chunk = 50_000

/** Tickets of all states and ages, raised 20 s apart, the last one now; most of them are closed, as in real life. */
const tickets = `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, status,
    customer_id, technician_id, resolution_summary, raised_date, updated_at, resolved_date, closed_date)
  select $1, $5::bigint + i, 'Seeded ' || ($5::bigint + i), (array['Network', 'Printer', 'Software', 'Phone'])[1 + i % 4],
    'The ' || md5(i::text) || ' in room ' || i % 400 || ' has been away since ' || md5((i % 1000)::text),
    (array['low', 'normal', 'normal', 'high', 'urgent'])[1 + i % 5], s.status,
    public_id('CUS', 1 + ($5::bigint + i) % $3), case when s.status <> 'new' then 'TEC000' || 1 + i % 6 end,
    case when s.status in ('resolved', 'closed') then 'Done.' end, r.raised, r.raised,
    case when s.status in ('resolved', 'closed') then r.raised + interval '1 hour' end,
    case when s.status = 'closed' then r.raised + interval '2 hours' end
  from generate_series(1, $2::integer) i
  cross join lateral (select case when i % 20 < 14 then 'closed' when i % 20 = 14 then 'resolved'
    when i % 20 = 15 then 'waiting' when i % 20 = 16 then 'in_progress' when i % 20 = 17 then 'assigned'
    else 'new' end as status) s
  cross join lateral (select now() - ($4 - i) * interval '20 seconds' as raised) r`

/** Adds tickets to a tenant, spread over its first `customers` customers; without the checks of foreign keys, to be quick. */
export const insertTickets = async (
  pool: pg.Pool,
  tenantId: number,
  count: number,
  customers: number,
): Promise<void> => {
  const { rows } = await pool.query(
    `update counters set value = value + $2 where tenant_id = $1 and name = 'ticket' returning value - $2 as base`,
    [tenantId, count],
  )
  let left = count
  const lane = async (): Promise<void> => {
    const client = await pool.connect()
    await client.query('set session_replication_role = replica')
    while (left > 0) {
      const [size, age] = [Math.min(chunk, left), left]
      left -= size
      await client.query(tickets, [tenantId, size, customers, age, Number(rows[0].base) + count - age])
    }
    client.release(true)
  }
  await Promise.all([lane(), lane()])
}

const people = `with more as (
    insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
    select $1, public_id('CUS', i), 'customer', 'customer' || i || '@bench.example.com',
      'customer' || i || '@bench.example.com', 'Customer ' || i, a.password_hash, 'active'
    from accounts a, generate_series($2::integer, $3::integer) i
    where a.tenant_id = $1 and a.account_id = 'CUS0001'),
  c as (insert into customers (tenant_id, customer_number) select $1, i from generate_series($2::integer, $3::integer) i)
  update counters set value = $3 where tenant_id = $1 and name = 'customer'`

/** Indexes are built once the rows are there: some ten times as fast as row by row. */
const withoutIndexes = async (pool: pg.Pool, work: () => Promise<void>): Promise<void> => {
  const { rows } = await pool.query(
    `select i.indexname as name, i.indexdef as definition from pg_indexes i
     where i.tablename = 'tickets' and i.indexname <> 'tickets_pkey'`,
  )
  for (const { name } of rows) await pool.query(`drop index ${name}`)
  await work()
  await pool.query("set maintenance_work_mem = '512MB'")
  for (const { definition } of rows) await pool.query(definition)
}

/** Fills a tenant up to so many tickets and customers; answers with how many tickets there are. */
export const growTo = async (pool: pg.Pool, tenantId: number, size: number, customers: number): Promise<number> => {
  const { rows } = await pool.query(
    `select c.value as customers, (select count(*)::integer from tickets t where t.tenant_id = c.tenant_id) as tickets
     from counters c where c.tenant_id = $1 and c.name = 'customer'`,
    [tenantId],
  )
  const [known] = rows
  if (Number(known.customers) < customers) await pool.query(people, [tenantId, Number(known.customers) + 1, customers])
  if (known.tickets < size) {
    await withoutIndexes(pool, () => insertTickets(pool, tenantId, size - known.tickets, customers))
  }
  await pool.query('vacuum analyze')
  return Math.max(known.tickets, size)
}
