import { z } from 'zod'
import { type Db, many, sql } from '../../../platform/db/sql.ts'

const DeliverySpan = z.object({ position: z.int(), traceparent: z.string() })

/** The spans that wrote the events at these positions of a tenant, at most 200. Events without one are left out. */
export const listDeliverySpans = (
  db: Db,
  tenantId: number,
  positions: number[],
): Promise<z.output<typeof DeliverySpan>[]> =>
  many(
    db,
    DeliverySpan,
    sql`select e.position, e.traceparent from events e
        where e.tenant_id = ${tenantId} and e.position = any (${positions}::bigint[]) and e.traceparent is not null`,
  )
