import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { type Db, exec, maybeOne, sql } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { shownEmail } from '../accounts/accounts.steps.ts'
import { isUsable } from './usable-tokens.steps.ts'

const HolderOfToken = z.object({
  tenant_id: z.int(),
  tenant: z.string(),
  account_id: z.string(),
  role: Role,
  name: z.string(),
  email: z.string().nullable(),
  category: z.string().nullable(),
  token_id: z.uuid(),
  scopes: z.array(z.string()),
  allowed_addresses: z.array(z.string()),
  is_use_due: z.boolean(),
  is_refusal_due: z.boolean(),
  is_suspended: z.boolean(),
})

/** The use of a token is noted once in this time, and so is the first use from an address that is not allowed. */
const isUseDue = sql`(k.last_used_at is null or k.last_used_at < now() - interval '5 minutes')`
const isRefusalDue = sql`(k.refused_at is null or k.refused_at < now() - interval '1 hour')`

/**
 * The active account of a living token, with a technician's or a service account's category, which decides what they
 * see.
 */
export const findHolderOfToken = (
  db: Db,
  tenantId: number,
  hash: Buffer,
): Promise<z.output<typeof HolderOfToken> | null> =>
  maybeOne(
    db,
    HolderOfToken,
    sql`select k.tenant_id, t.slug as tenant, k.account_id, a.role, a.name, ${shownEmail} as email,
          coalesce(w.category, v.category) as category, k.token_id,
          k.scopes, k.allowed_addresses, ${isUseDue} as is_use_due, ${isRefusalDue} as is_refusal_due,
          t.state <> 'active' as is_suspended
        from api_tokens k
        join tenants t on t.tenant_id = k.tenant_id
        join accounts a on a.tenant_id = k.tenant_id and a.account_id = k.account_id
        left join technicians w on w.tenant_id = a.tenant_id and w.technician_id = a.account_id and a.role = 'technician'
        left join service_accounts v on v.tenant_id = a.tenant_id and v.service_id = a.account_id
        where k.tenant_id = ${tenantId} and k.token_hash = ${hash} and ${isUsable}`,
  )

/** Notes that a token is used, once in five minutes. */
export const noteUse = (db: Db, tenantId: number, tokenId: string): Promise<number> =>
  exec(
    db,
    sql`update api_tokens k set last_used_at = now()
        where k.tenant_id = ${tenantId} and k.token_id = ${tokenId} and ${isUseDue}`,
  )

/** Records that a token came from an address that it does not allow, once in an hour for each token. */
export const noteRefusal = (
  db: Db,
  tenantId: number,
  tokenId: string,
  { requestId, address }: { requestId: string; address: string },
): Promise<number> =>
  exec(
    db,
    sql`with noted as (
          update api_tokens k set refused_at = now()
          where k.tenant_id = ${tenantId} and k.token_id = ${tokenId} and ${isRefusalDue}
          returning k.account_id, k.token_id)
        ${appendEventsFrom({
          tenantId: sql`${tenantId}::integer`,
          type: 'api_token.refused',
          subjectId: sql`n.account_id`,
          actorId: sql`null`,
          actorRole: sql`'system'`,
          details: { token_id: sql`n.token_id`, address: sql`${address}::text` },
          requestId: sql`${requestId}`,
          from: sql`from noted n`,
        })}`,
  )
