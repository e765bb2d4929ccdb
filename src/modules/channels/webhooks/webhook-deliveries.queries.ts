import { z } from 'zod'
import { allOf, type Db, many, maybeOne, planEachTime, type Sql, sql } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { DeliveryAttempt, type DeliveryFilter, WebhookDelivery } from './webhook-deliveries.schemas.ts'
import { attemptsAtMost } from './webhook-schedule.ts'
import { visibleWebhooks } from './webhooks.policy.ts'

/** A delivery without the id of its message, which only the program can make. */
const StoredDelivery = WebhookDelivery.omit({ delivery_id: true }).extend({ position: z.int(), epoch: z.string() })
export type StoredDelivery = z.output<typeof StoredDelivery>

const deliveryColumns = sql`d.position, d.epoch, e.type, e.subject_id, e.occurred_at, d.state, d.tries as attempts,
  greatest(0, ${attemptsAtMost} - d.attempts) as attempts_left,
  case when d.state = 'waiting' then d.due_at end as due_at, d.settled_at`

/** The event of each delivery of a page, looked up one after the other: the planner does not know how long a page is. */
const withEvent = sql`cross join lateral (
  select e.type, e.subject_id, e.occurred_at from events e
  where e.tenant_id = d.tenant_id and e.position = d.position limit 1) e`

/** What a technician is not told of does not show in the list either. */
const isShown = (actor: User): Sql => (actor.role === 'admin' ? sql`true` : sql`d.state in ('delivered', 'failed')`)

/** One more than `limit` of the deliveries of a webhook that the caller has found, the newest first. */
export const listDeliveries = (
  db: Db,
  actor: User,
  webhookId: string,
  { state }: DeliveryFilter,
  { limit, after }: PageRequest<number>,
): Promise<StoredDelivery[]> => {
  const conditions = [
    sql`d.tenant_id = ${actor.tenantId}`,
    sql`d.webhook_number = ${numberOf(webhookId)}`,
    isShown(actor),
  ]
  if (state !== undefined) conditions.push(sql`d.state = any (${state}::text[])`)
  if (after !== null) conditions.push(sql`d.position < ${after}`)
  const statement = sql`select ${deliveryColumns} from (
      select d.* from webhook_deliveries d where ${allOf(conditions)} order by d.position desc limit ${limit + 1}) d
    ${withEvent} order by d.position desc`
  // Few deliveries are in most of the states. For all values the planner would look through those of all states.
  return many(db, StoredDelivery, state === undefined ? statement : planEachTime(statement))
}

export const findDelivery = (
  db: Db,
  actor: User,
  webhookId: string,
  position: number,
): Promise<StoredDelivery | null> =>
  maybeOne(
    db,
    StoredDelivery,
    sql`select ${deliveryColumns} from webhooks h
        join webhook_deliveries d on d.tenant_id = h.tenant_id and d.webhook_number = h.webhook_number
          and d.position = ${position}
        ${withEvent}
        where h.tenant_id = ${actor.tenantId} and h.webhook_number = ${numberOf(webhookId)} and ${visibleWebhooks(actor)}
          and ${isShown(actor)}`,
  )

/** The last attempts of a delivery that the caller has found, the newest first. There are few. */
export const listAttempts = (
  db: Db,
  tenantId: number,
  webhookId: string,
  position: number,
): Promise<DeliveryAttempt[]> =>
  many(
    db,
    DeliveryAttempt,
    sql`select a.attempted_at, a.duration_ms, a.status, a.fault, a.answer from webhook_attempts a
        where a.tenant_id = ${tenantId} and a.webhook_number = ${numberOf(webhookId)} and a.position = ${position}
        order by a.try_number desc limit 20`,
  )
