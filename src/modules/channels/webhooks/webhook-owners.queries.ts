import { z } from 'zod'
import { type Db, maybeOne, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { visibleWebhooks } from './webhooks.policy.ts'

const Owner = z.object({ role: z.string() })

/** The role of the owner of a webhook that the actor sees. */
export const findOwnerRole = async (db: Db, actor: User, webhookId: string): Promise<string | null> => {
  const owner = await maybeOne(
    db,
    Owner,
    sql`select o.role from webhooks h
        join accounts o on o.tenant_id = h.tenant_id and o.account_id = h.owner_id
        where h.tenant_id = ${actor.tenantId} and h.webhook_number = ${numberOf(webhookId)} and ${visibleWebhooks(actor)}`,
  )
  return owner?.role ?? null
}

const Target = z.object({
  url: z.string(),
  webhook_number: z.int(),
  secret: z.string(),
  previous_secret: z.string().nullable(),
})
export type Target = z.output<typeof Target>

/** Where a webhook goes that the actor sees, and its sealed secrets. Nobody is shown this. */
export const findTarget = (db: Db, actor: User, webhookId: string): Promise<Target | null> =>
  maybeOne(
    db,
    Target,
    sql`select h.url, h.webhook_number, h.secret, case when h.previous_until > now() then h.previous_secret end as previous_secret
        from webhooks h
        where h.tenant_id = ${actor.tenantId} and h.webhook_number = ${numberOf(webhookId)} and ${visibleWebhooks(actor)}`,
  )
