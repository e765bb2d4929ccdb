import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isSameCategory } from '../../identity/technicians/technicians.steps.ts'

/**
 * A condition: an active technician of a tenant works on a category. The first one that an index finds is enough. With
 * `exists` the planner could read the technicians of all tenants.
 */
export const hasTechnicians = (tenantId: Sql, category: Sql): Sql => sql`(
  select true from technicians w
  cross join lateral (
    select from accounts a
    where a.tenant_id = w.tenant_id and a.account_id = w.technician_id and a.role = 'technician' and a.status = 'active'
    limit 1) a
  where w.tenant_id = ${tenantId} and ${isSameCategory(sql`w.category`, category)} limit 1) is true`
