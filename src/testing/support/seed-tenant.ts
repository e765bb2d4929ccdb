import { createTenantWithAdmin } from '../../modules/identity/accounts/first-admin.service.ts'
import type { App } from '../../platform/app-context.ts'

/** Customers and six technicians, written as rows: they all share the password hash of the admin. */
const seedPeople = `with customers_ as (
    insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
    select $1, public_id('CUS', i), 'customer', 'customer' || i || '@' || $4, 'customer' || i || '@' || $4, 'Customer ' || i, $2, 'active' from generate_series(1, $3::integer) i),
  technicians_ as (
    insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
    select $1, public_id('TEC', i), 'technician', 'tech' || i, 'tech' || i || '@' || $4,
      'Technician ' || i, $2, 'active' from generate_series(1, 6) i),
  c as (insert into customers (tenant_id, customer_number) select $1, i from generate_series(1, $3::integer) i),
  t as (insert into technicians (tenant_id, technician_number, phone_number, category)
    select $1, i, '12345', (array['Network', 'Printer', 'Software', 'Phone'])[1 + i % 4] from generate_series(1, 6) i)
  update counters set value = case name when 'customer' then $3::integer when 'technician' then 6 else 0 end
  where tenant_id = $1`

/**
 * Creates a tenant to measure on, with the admin `admin`, as many customers as `customers` says, from CUS0001 on, and
 * six technicians. All have one password, and addresses `@<slug>.example.com`. Answers with the id of the tenant.
 */
export const seedTenant = async (
  app: App,
  slug: string,
  { password, customers }: { password: string; customers: number },
): Promise<number> => {
  const domain = `${slug}.example.com`
  await createTenantWithAdmin(
    app,
    { slug, name: slug },
    { userId: 'admin', name: 'Admin', email: `admin@${domain}`, password },
  )
  const found = await app.pool.query(
    `select t.tenant_id, a.password_hash from tenants t join accounts a on a.tenant_id = t.tenant_id
     where t.slug = $1`,
    [slug],
  )
  const { tenant_id: tenantId, password_hash: hash } = found.rows[0]
  await app.pool.query(seedPeople, [tenantId, hash, customers, domain])
  return tenantId
}
