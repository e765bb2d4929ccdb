import type { WebhookDisabledReason } from '../../../contract/enums.ts'
import { type Db, exec, type Sql, sql } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { HeldKey } from './webhook-claims.queries.ts'

/** What is told of an address: its origin. A kept address is in the one form that `URL` gives it. */
export const originOf = (url: Sql): Sql => sql`left(substring(${url} from '^[a-z]+://[^/?]+'), 300)`

/**
 * Disables a webhook by the program itself, and writes the event. With a number of `beginnings`, only while the webhook
 * has it: what was heard before it began anew is no reason.
 */
export const disableBySystem = (
  db: Db,
  { tenant_id, webhook_number }: HeldKey,
  reason: WebhookDisabledReason,
  beginnings: number | null = null,
): Promise<number> =>
  exec(
    db,
    sql`with off as (
          update webhooks h set state = 'disabled', disabled_reason = ${reason}, disabled_at = now(),
            version = version + 1, updated_at = now()
          where h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number} and h.state = 'enabled'
            and h.deleted_at is null and (${beginnings}::integer is null or h.beginnings = ${beginnings})
          returning h.tenant_id, h.webhook_id, h.version, h.owner_id, h.url)
        ${appendEventsFrom({
          tenantId: sql`o.tenant_id`,
          type: 'webhook.disabled',
          subjectId: sql`o.webhook_id`,
          subjectVersion: sql`o.version`,
          actorId: sql`null`,
          actorRole: sql`'system'`,
          details: { reason: sql`${reason}::text`, account_id: sql`o.owner_id`, url: originOf(sql`o.url`) },
          requestId: sql`null`,
          from: sql`from off o`,
        })}`,
  )
