import { type Sql, sql } from '../../../platform/db/sql.ts'

/** A condition: an account has a second factor that has been confirmed. */
export const hasSecondFactor = (tenantId: Sql, accountId: Sql): Sql => sql`exists (
  select from second_factors f
  where f.tenant_id = ${tenantId} and f.account_id = ${accountId} and f.enabled_at is not null)`

/** A condition: an account `a` has a second factor that has been confirmed. */
export const hasFactorOfAccount = hasSecondFactor(sql`a.tenant_id`, sql`a.account_id`)
