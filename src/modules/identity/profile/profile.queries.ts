import { type Db, one, sql } from '../../../platform/db/sql.ts'
import { shownEmail, shownSignInName } from '../accounts/accounts.steps.ts'
import type { User } from '../accounts/actor.ts'
import { hasSecondFactor } from '../second-factor/second-factor.steps.ts'
import { Me } from './profile.schemas.ts'

/** The own account of an actor, with the new address whose link is good, if there is one. */
export const getOwn = (db: Db, { tenantId, accountId }: User): Promise<Me> =>
  one(
    db,
    Me,
    sql`select a.account_id as id, a.role, a.name, ${shownEmail} as email, a.email_confirmed_at,
          (select coalesce(c.typed_email, c.email) from email_confirmations c
           where c.tenant_id = a.tenant_id and c.account_id = a.account_id and c.used_at is null
             and c.expires_at > now() and c.account_email = a.email and lower(c.email) <> lower(a.email)
           order by c.created_at desc limit 1) as pending_email,
          ${shownSignInName} as sign_in_name, w.category, a.time_zone, a.language,
          ${hasSecondFactor(sql`a.tenant_id`, sql`a.account_id`)} as second_factor, t.slug as tenant, a.created_at
        from accounts a
        join tenants t on t.tenant_id = a.tenant_id
        left join technicians w on w.tenant_id = a.tenant_id and w.technician_id = a.account_id
          and a.role = 'technician'
        where a.tenant_id = ${tenantId} and a.account_id = ${accountId}`,
  )
