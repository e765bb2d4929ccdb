import { z } from 'zod'
import { type Db, exec, many, planEachTime, planNowAndThen, type Sql, sql } from '../../../platform/db/sql.ts'
import { isTakenBack } from '../../desk/tickets/ticket-events.policy.ts'
import { type HeldKey, type HeldWebhook, isBeforeHeld } from './webhook-claims.queries.ts'

const DueDelivery = z.object({
  position: z.int(),
  epoch: z.string(),
  attempts: z.int(),
  is_due: z.boolean(),
  is_taken_back: z.boolean(),
})
export type DueDelivery = z.output<typeof DueDelivery>

/**
 * The first that wait, due or not, in the order of the log, before the first that is held; or those that are due, the
 * longest first. Both by index.
 */
const choose = ({ tenant_id, webhook_number, is_ordered }: HeldWebhook): { condition: Sql; order: Sql } =>
  is_ordered
    ? { condition: isBeforeHeld(sql`${tenant_id}`, sql`${webhook_number}`), order: sql`d.position` }
    : { condition: sql`d.due_at <= now()`, order: sql`d.due_at, d.position` }

/**
 * The next deliveries of a webhook, at most `limit`, in the order of the log. Of an ordered webhook those that wait,
 * due or not; of others those that are due.
 */
export const listDueDeliveries = (db: Db, webhook: HeldWebhook, limit: number): Promise<DueDelivery[]> => {
  const { tenant_id, webhook_number } = webhook
  const { condition, order } = choose(webhook)
  return many(
    db,
    DueDelivery,
    planNowAndThen(sql`with due as materialized (
          select d.tenant_id, d.position, d.epoch, d.attempts, d.due_at from webhook_deliveries d
          where d.tenant_id = ${tenant_id} and d.webhook_number = ${webhook_number} and d.state = 'waiting'
            and ${condition}
          order by ${order} limit ${limit})
        select d.position, d.epoch, d.attempts, d.due_at <= now() as is_due, ${isTakenBack} as is_taken_back
        from due d join events e on e.tenant_id = d.tenant_id and e.position = d.position
        order by d.position`),
  )
}

/** How many deliveries one statement hastens. */
export const hastenedAtOnce = 1_000

/** At most `limit` deliveries of a webhook `h` that were tried and put off. */
const putOff = (limit: number): Sql => sql`
  select o.ctid from webhook_deliveries o
  where o.tenant_id = h.tenant_id and o.webhook_number = h.webhook_number and o.state = 'waiting'
    and o.due_at > now() and o.tries > 0
  order by o.due_at limit ${limit} for update of o`

/**
 * After a webhook was down: at most `limit` deliveries that were put off are due since they were written, so that all
 * is drained in order. What was never tried waits for the time of an undo.
 */
export const hastenDeliveries = (db: Db, { tenant_id, webhook_number }: HeldKey, limit: number): Promise<number> =>
  exec(
    db,
    planEachTime(sql`update webhook_deliveries d set due_at = d.created_at
        where d.ctid = any (array(
          select p.ctid from webhooks h cross join lateral (${putOff(limit)}) p
          where h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number}))`),
  )

/**
 * Wakes a webhook that is disturbed, because its receiver has answered well: its pause is over, and at most `limit`
 * deliveries that were put off are due. One that has no fault is left as it is.
 */
export const wakeWebhook = (db: Db, { tenant_id, webhook_number }: HeldKey, limit: number): Promise<number> =>
  exec(
    db,
    planEachTime(sql`with h as (
          update webhooks h set paused_until = null, due_at = now()
          where h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number} and h.state = 'enabled'
            and h.deleted_at is null and (h.failures > 0 or h.paused_until > now())
          returning h.tenant_id, h.webhook_number)
        update webhook_deliveries d set due_at = d.created_at
        where d.ctid = any (array(select p.ctid from h cross join lateral (${putOff(limit)}) p))`),
  )
