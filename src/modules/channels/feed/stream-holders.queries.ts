import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { type Db, many, planForBatch, sql } from '../../../platform/db/sql.ts'
import { shownEmail } from '../../identity/accounts/accounts.steps.ts'
import { isUsable } from '../../identity/api-tokens/usable-tokens.steps.ts'
import { hasSecondFactor } from '../../identity/second-factor/second-factor.steps.ts'
import { isLiving } from '../../identity/sign-in/living-sessions.steps.ts'
import { factorSetting } from '../../identity/tenants/tenant-settings.steps.ts'
import type { Holder } from './stream-holder.ts'

const LivingHolder = z.object({
  tenant_id: z.int(),
  tenant: z.string(),
  kind: z.enum(['session', 'token']),
  holder_id: z.uuid(),
  account_id: z.string(),
  role: Role,
  name: z.string(),
  email: z.string().nullable(),
  category: z.string().nullable(),
  /** Of a token; null of a session. */
  scopes: z.array(z.string()).nullable(),
  allowed_addresses: z.array(z.string()),
  has_factor: z.boolean(),
  /** What the tenant has chosen about second factors; null when it has chosen nothing. */
  second_factor_required: z.boolean().nullable(),
})
export type LivingHolder = z.output<typeof LivingHolder>

/** Those of the sessions and tokens that are good now, with their active account, in one statement for any number. */
export const listLivingHolders = (db: Db, holders: Holder[]): Promise<LivingHolder[]> =>
  many(
    db,
    LivingHolder,
    planForBatch(
      sql`with asked as (
          select * from unnest(${holders.map(({ tenantId }) => tenantId)}::integer[],
            ${holders.map(({ kind }) => kind)}::text[], ${holders.map(({ id }) => id)}::uuid[])
            as h (tenant_id, kind, holder_id)),
        held as (
          select h.tenant_id, h.kind, h.holder_id, s.account_id, null::text[] as scopes, '{}'::text[] as allowed_addresses
          from asked h join sessions s on s.tenant_id = h.tenant_id and s.session_id = h.holder_id
          where h.kind = 'session' and ${isLiving}
          union all
          select h.tenant_id, h.kind, h.holder_id, k.account_id, k.scopes, k.allowed_addresses
          from asked h
          join api_tokens k on k.tenant_id = h.tenant_id and k.token_id = h.holder_id
          join accounts a on a.tenant_id = k.tenant_id and a.account_id = k.account_id
          where h.kind = 'token' and ${isUsable})
        select h.tenant_id, h.kind, h.holder_id, h.account_id, h.scopes, h.allowed_addresses, t.slug as tenant, a.role,
          a.name, ${shownEmail} as email, coalesce(w.category, v.category) as category,
          ${hasSecondFactor(sql`a.tenant_id`, sql`a.account_id`)} as has_factor,
          ${factorSetting(sql`t`)} as second_factor_required
        from held h
        join tenants t on t.tenant_id = h.tenant_id and t.state = 'active'
        join accounts a on a.tenant_id = h.tenant_id and a.account_id = h.account_id
        left join technicians w on w.tenant_id = a.tenant_id and w.technician_id = a.account_id and a.role = 'technician'
        left join service_accounts v on v.tenant_id = a.tenant_id and v.service_id = a.account_id
        where a.status = 'active'`,
      holders.length,
    ),
  )
