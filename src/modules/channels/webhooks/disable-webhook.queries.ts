import type { WebhookDisabledReason } from '../../../contract/enums.ts'
import { type Db, exec, type Sql, sql } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import type { HeldKey } from './webhook-claims.queries.ts'

/** What is told of an address: its origin. A kept address is in the one form that `URL` gives it. */
export const originOf = (url: Sql): Sql => sql`left(substring(${url} from '^[a-z]+://[^/?]+'), 300)`

/** Who disables a webhook, and in which request. */
type Disabler = Pick<Act<User>, 'requestId'> & { actor: Pick<User, 'accountId' | 'role'> | null }

const bySystem: Disabler = { actor: null, requestId: null }

/**
 * Disables an enabled webhook, and writes the event: by somebody, or by the program itself. With a number of
 * `beginnings`, only while the webhook has it: what was heard before it began anew is no reason.
 */
export const disableWebhook = (
  db: Db,
  { tenant_id, webhook_number }: HeldKey,
  reason: WebhookDisabledReason,
  { by: { actor, requestId } = bySystem, beginnings = null }: { by?: Disabler; beginnings?: number | null } = {},
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
          actorId: sql`${actor?.accountId ?? null}`,
          actorRole: sql`${actor?.role ?? 'system'}`,
          details: { reason: sql`${reason}::text`, account_id: sql`o.owner_id`, url: originOf(sql`o.url`) },
          requestId: sql`${requestId}`,
          from: sql`from off o`,
        })}`,
  )
