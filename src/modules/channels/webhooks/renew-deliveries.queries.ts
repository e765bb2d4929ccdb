import { type Db, exec, planEachTime, sql } from '../../../platform/db/sql.ts'
import type { HeldKey } from './webhook-claims.queries.ts'

/** How many deliveries that wait one step looks at. */
const stepDeliveries = 1_000

/**
 * One step of a new beginning: of the next deliveries that wait of a webhook in hand, those that were tried are due
 * now, with all their attempts. One that was never tried may wait for the time of an undo, and goes on waiting.
 */
export const renewSome = (db: Db, { tenant_id, webhook_number }: HeldKey): Promise<number> =>
  exec(
    db,
    planEachTime(sql`with part as materialized (
          select h.tenant_id, h.webhook_number, h.renew_after from webhooks h
          where h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number} and h.renew_after is not null
          for update of h),
        next as materialized (
          select d.position, d.tries from part p cross join lateral (
            select o.position, o.tries from webhook_deliveries o
            where o.tenant_id = p.tenant_id and o.webhook_number = p.webhook_number and o.state = 'waiting'
              and o.position > p.renew_after
            order by o.position limit ${stepDeliveries}) d),
        anew as (
          update webhook_deliveries d set attempts = 0, due_at = now()
          where d.tenant_id = ${tenant_id} and d.webhook_number = ${webhook_number} and d.state = 'waiting'
            and d.position = any (array(select n.position from next n where n.tries > 0)))
        update webhooks h set renew_after = (
            select max(n.position) from next n having count(*) = ${stepDeliveries})
        from part p where h.tenant_id = p.tenant_id and h.webhook_number = p.webhook_number`),
  )
