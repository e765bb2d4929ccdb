import { z } from 'zod'
import { AccountStatus } from '../../../contract/enums.ts'
import { type Db, maybeOne, sql } from '../../../platform/db/sql.ts'
import { shownSignInName } from './accounts.steps.ts'

const LinkHolder = z.object({
  sign_in_name: z.string(),
  status: AccountStatus,
  tenant: z.string(),
  tenant_name: z.string(),
  is_used: z.boolean(),
  is_expired: z.boolean(),
})
type LinkHolder = z.output<typeof LinkHolder>

/** Whom a link that sets a password was made for. The database's clock says whether it has expired. Changes nothing. */
export const findLinkHolder = (db: Db, tenantId: number, resetId: string): Promise<LinkHolder | null> =>
  maybeOne(
    db,
    LinkHolder,
    sql`select ${shownSignInName} as sign_in_name, a.status, t.slug as tenant, t.name as tenant_name,
          r.used_at is not null as is_used, r.expires_at <= now() as is_expired
        from password_resets r
        join accounts a on a.tenant_id = r.tenant_id and a.account_id = r.account_id
        join tenants t on t.tenant_id = r.tenant_id
        where r.tenant_id = ${tenantId} and r.reset_id = ${resetId}`,
  )
