import type pg from 'pg'

const chunk = 50_000

/** Tickets of all statuses, created 20 s apart, the last one now. Most of them are closed, as on a real desk. */
const tickets = `insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, status,
    customer_id, technician_id, resolution_summary, raised_date, updated_at, resolved_date, closed_date)
  select $1, $5::bigint + i, 'Seeded ' || ($5::bigint + i), (array['Network', 'Printer', 'Software', 'Phone'])[1 + i % 4],
    'The ' || md5(i::text) || ' in room ' || i % 400 || ' has been away since ' || md5((i % 1000)::text),
    (array['low', 'normal', 'normal', 'high', 'urgent'])[1 + i % 5], s.status,
    public_id('CUS', case when i % $6::integer = 0 then 1 else 1 + ($5::bigint + i) % $3 end), case when s.status <> 'new' then 'TEC000' || 1 + i % 6 end,
    case when s.status in ('resolved', 'closed') then 'Done.' end, r.raised, r.raised,
    case when s.status in ('resolved', 'closed') then r.raised + interval '1 hour' end,
    case when s.status = 'closed' then r.raised + interval '2 hours' end
  from generate_series(1, $2::integer) i
  cross join lateral (select case when i % 20 < 14 then 'closed' when i % 20 = 14 then 'resolved'
    when i % 20 = 15 then 'waiting' when i % 20 = 16 then 'in_progress' when i % 20 = 17 then 'assigned'
    else 'new' end as status) s
  cross join lateral (select now() - ($4 - i) * interval '20 seconds' as raised) r`

/**
 * Adds `count` tickets to a tenant, spread over its first `customers` customers; of each `ofFirst` tickets one is of
 * the first customer, too, when that is said. Foreign keys are not checked, because that is quicker.
 */
export const seedTickets = async (
  pool: pg.Pool,
  tenantId: number,
  count: number,
  customers: number,
  ofFirst = count + 1,
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
      await client.query(tickets, [tenantId, size, customers, age, Number(rows[0].base) + count - age, ofFirst])
    }
    client.release(true)
  }
  await Promise.all([lane(), lane()])
}
