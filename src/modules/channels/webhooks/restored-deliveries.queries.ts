import { z } from 'zod'
import { type Db, exec, many, one, planEachTime, sql } from '../../../platform/db/sql.ts'
import type { HeldKey } from './webhook-claims.queries.ts'
import { dueByNews } from './write-deliveries.queries.ts'

// What a restored database does with the deliveries that waited in the backup. A delivery is `held` until the operator
// lets it go.

/** Holds at most `limit` deliveries that wait. Answers with their number. */
export const holdSomeDeliveries = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    planEachTime(sql`update webhook_deliveries d set state = 'held'
        where d.ctid = any (array(
          select o.ctid from webhook_deliveries o where o.state = 'waiting' limit ${limit} for update))`),
  )

/**
 * Puts at most `limit` held deliveries in the queue, with all their attempts. They are kept for a month from now on.
 * Locks the webhooks first, as all statements do that write to both. Answers with the number of deliveries.
 */
export const releaseSomeDeliveries = (db: Db, limit: number): Promise<number> =>
  exec(
    db,
    planEachTime(sql`with held as materialized (
          select o.tenant_id, o.webhook_number, o.position from webhook_deliveries o where o.state = 'held'
          order by o.tenant_id, o.webhook_number, o.position limit ${limit}),
        woken as (
          update webhooks h set due_at = ${dueByNews}
          from (select distinct o.tenant_id, o.webhook_number from held o) n
          where h.tenant_id = n.tenant_id and h.webhook_number = n.webhook_number
          returning h.tenant_id, h.webhook_number)
        update webhook_deliveries d set state = 'waiting', attempts = 0, created_at = now()
        from held o join woken h on h.tenant_id = o.tenant_id and h.webhook_number = o.webhook_number
        where d.tenant_id = o.tenant_id and d.webhook_number = o.webhook_number and d.position = o.position
          and d.state = 'held'`),
  )

const Key = z.object({ tenant_id: z.int(), webhook_number: z.int() })

/** At most `limit` webhooks whose resend was under way. */
export const listResending = (db: Db, limit: number): Promise<HeldKey[]> =>
  many(
    db,
    Key,
    sql`select h.tenant_id, h.webhook_number from webhooks h
        where h.resend_after is not null and h.deleted_at is null limit ${limit}`,
  )

const Counted = z.object({ count: z.int() })

/** How many deliveries are held, in all tenants. */
export const countHeldOnes = async (db: Db): Promise<number> =>
  (await one(db, Counted, sql`select count(*) as count from webhook_deliveries d where d.state = 'held'`)).count
