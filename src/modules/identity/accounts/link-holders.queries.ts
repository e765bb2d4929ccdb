import { z } from 'zod'
import { AccountStatus } from '../../../contract/enums.ts'
import { type Db, maybeOne, type Sql, sql } from '../../../platform/db/sql.ts'
import { shownTenantName } from '../tenants/tenant-settings.steps.ts'
import { shownSignInName } from './accounts.steps.ts'

const holder = {
  status: AccountStatus,
  language: z.string().nullable(),
  tenant: z.string(),
  tenant_name: z.string(),
  is_used: z.boolean(),
  is_expired: z.boolean(),
  is_suspended: z.boolean(),
}
const Holder = z.object(holder)
export type Holder = z.output<typeof Holder>

/** What every link `l` says of its account `a` and its tenant `t`. The database's clock says whether it has expired. */
const holderColumns = sql`a.status, a.language, t.slug as tenant, ${shownTenantName(sql`t`)} as tenant_name,
  l.used_at is not null as is_used, l.expires_at <= now() as is_expired,
  t.state <> 'active' as is_suspended`

const holderJoins: Sql = sql`
  join accounts a on a.tenant_id = l.tenant_id and a.account_id = l.account_id
  join tenants t on t.tenant_id = l.tenant_id`

const PasswordLinkHolder = z.object({ ...holder, sign_in_name: z.string() })

/** Whom a link that sets a password was made for. Changes nothing. */
export const findPasswordLinkHolder = (
  db: Db,
  tenantId: number,
  resetId: string,
): Promise<z.output<typeof PasswordLinkHolder> | null> =>
  maybeOne(
    db,
    PasswordLinkHolder,
    sql`select ${holderColumns}, ${shownSignInName} as sign_in_name
        from password_resets l ${holderJoins}
        where l.tenant_id = ${tenantId} and l.reset_id = ${resetId}`,
  )

const ConfirmationHolder = z.object({ ...holder, email: z.string(), is_new: z.boolean(), is_stale: z.boolean() })

/**
 * Whom a link that confirms an address was made for. `is_new`: the account gets the address by it. `is_stale`: the
 * account has had another address since, so the link is over. Changes nothing.
 */
export const findConfirmationHolder = (
  db: Db,
  tenantId: number,
  confirmationId: string,
): Promise<z.output<typeof ConfirmationHolder> | null> =>
  maybeOne(
    db,
    ConfirmationHolder,
    sql`select ${holderColumns}, coalesce(l.typed_email, l.email) as email, lower(l.email) <> lower(a.email) as is_new,
          a.email <> l.account_email as is_stale
        from email_confirmations l ${holderJoins}
        where l.tenant_id = ${tenantId} and l.confirmation_id = ${confirmationId}`,
  )
