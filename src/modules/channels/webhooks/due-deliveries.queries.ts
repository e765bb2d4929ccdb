import { z } from 'zod'
import { type Db, exec, many, planEachTime, type Sql, sql } from '../../../platform/db/sql.ts'
import { isTakenBack } from '../../desk/tickets/ticket-events.policy.ts'
import type { HeldKey, HeldWebhook } from './webhook-claims.queries.ts'

const DueDelivery = z.object({
  position: z.int(),
  epoch: z.string(),
  attempts: z.int(),
  is_due: z.boolean(),
  is_taken_back: z.boolean(),
})
export type DueDelivery = z.output<typeof DueDelivery>

/** The first that wait, due or not, in the order of the log; or those that are due, the longest first. Both by index. */
const choose = (isOrdered: boolean): { condition: Sql; order: Sql } =>
  isOrdered
    ? { condition: sql`true`, order: sql`d.position` }
    : { condition: sql`d.due_at <= now()`, order: sql`d.due_at, d.position` }

/**
 * The next deliveries of a webhook, at most `limit`, in the order of the log. Of an ordered webhook those that wait,
 * due or not; of others those that are due.
 */
export const listDueDeliveries = (
  db: Db,
  { tenant_id, webhook_number, is_ordered }: HeldWebhook,
  limit: number,
): Promise<DueDelivery[]> => {
  const { condition, order } = choose(is_ordered)
  return many(
    db,
    DueDelivery,
    planEachTime(sql`with due as materialized (
          select d.tenant_id, d.position, d.epoch, d.attempts, d.due_at from webhook_deliveries d
          where d.tenant_id = ${tenant_id} and d.webhook_number = ${webhook_number} and d.state = 'waiting'
            and ${condition}
          order by ${order} limit ${limit})
        select d.position, d.epoch, d.attempts, d.due_at <= now() as is_due, ${isTakenBack} as is_taken_back
        from due d join events e on e.tenant_id = d.tenant_id and e.position = d.position
        order by d.position`),
  )
}

/**
 * After a webhook was down: at most `limit` deliveries that were put off are due since they were written, so that all
 * is drained in order. What was never tried waits for the time of an undo.
 */
export const hastenDeliveries = (db: Db, { tenant_id, webhook_number }: HeldKey, limit: number): Promise<number> =>
  exec(
    db,
    planEachTime(sql`update webhook_deliveries d set due_at = d.created_at
        where d.ctid = any (array(
          select o.ctid from webhook_deliveries o
          where o.tenant_id = ${tenant_id} and o.webhook_number = ${webhook_number} and o.state = 'waiting'
            and o.due_at > now() and o.tries > 0
          order by o.due_at limit ${limit} for update))`),
  )
