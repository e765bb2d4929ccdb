import type pg from 'pg'
import { seedTickets } from '../../src/testing/support/seed-tickets.ts'

const people = `with more as (
    insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
    select $1, public_id('CUS', i), 'customer', 'customer' || i || '@bench.example.com',
      'customer' || i || '@bench.example.com', 'Customer ' || i, a.password_hash, 'active'
    from accounts a, generate_series($2::integer, $3::integer) i
    where a.tenant_id = $1 and a.account_id = 'CUS0001'),
  c as (insert into customers (tenant_id, customer_number) select $1, i from generate_series($2::integer, $3::integer) i)
  update counters set value = $3 where tenant_id = $1 and name = 'customer'`

/** Does the work without the indexes, and builds them afterwards: about ten times as fast as row by row. */
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

/** The first customer has a fifth of the tickets that are added, as the one large customer of a desk may have. */
const ofFirst = 5

/** Fills a tenant up to `size` tickets and `customers` customers. Answers with the number of its tickets. */
export const growTo = async (pool: pg.Pool, tenantId: number, size: number, customers: number): Promise<number> => {
  const { rows } = await pool.query(
    `select c.value as customers, (select count(*)::integer from tickets t where t.tenant_id = c.tenant_id) as tickets
     from counters c where c.tenant_id = $1 and c.name = 'customer'`,
    [tenantId],
  )
  const [known] = rows
  if (Number(known.customers) < customers) await pool.query(people, [tenantId, Number(known.customers) + 1, customers])
  if (known.tickets < size) {
    await withoutIndexes(pool, () => seedTickets(pool, tenantId, size - known.tickets, customers, ofFirst))
  }
  await pool.query('vacuum analyze')
  return Math.max(known.tickets, size)
}
