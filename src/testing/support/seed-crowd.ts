import type pg from 'pg'

/** More admins, with the password of the first one. */
const admins = `
  insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
  select a.tenant_id, 'crowd' || i, 'admin', 'crowd' || i, 'crowd' || i || '@crowd.example.com', 'Admin ' || i,
    a.password_hash, 'active'
  from accounts a, generate_series(1, $2::integer) i where a.tenant_id = $1 and a.account_id = 'admin'`

/** Technicians beside the six of the tenant, all of whom watch the ticket. */
const watchers = `
  with people as (
    insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
    select a.tenant_id, public_id('TEC', i), 'technician', 'tech' || i, 'tech' || i || '@crowd.example.com',
      'Technician ' || i, a.password_hash, 'active'
    from accounts a, generate_series(1001, 1000 + $2::integer) i where a.tenant_id = $1 and a.account_id = 'admin'),
  work as (
    insert into technicians (tenant_id, technician_number, phone_number, category)
    select $1, i, '12345', 'Network' from generate_series(1001, 1000 + $2::integer) i)
  insert into ticket_watchers (tenant_id, ticket_number, account_id)
  select $1, $3, public_id('TEC', i) from generate_series(1001, 1000 + $2::integer) i`

/** Adds `count` active admins to a seeded tenant. */
export const seedAdmins = async (pool: pg.Pool, tenantId: number, count: number): Promise<void> => {
  await pool.query(admins, [tenantId, count])
}

/** Adds `count` technicians to a seeded tenant, who all watch one ticket. */
export const seedWatchers = async (
  pool: pg.Pool,
  tenantId: number,
  ticketNumber: number,
  count: number,
): Promise<void> => {
  await pool.query(watchers, [tenantId, count, ticketNumber])
}
