import { z } from 'zod'
import { type Db, one, sql } from '../../../platform/db/sql.ts'
import { presentEpoch } from '../../../platform/events/log-epoch.ts'

const Head = z.object({ epoch: z.string(), position: z.int() })

/** The end of a tenant's log: the present epoch, and the last position; 0 when nothing has happened yet. */
export const findHead = (db: Db, tenantId: number): Promise<z.output<typeof Head>> =>
  one(
    db,
    Head,
    sql`select ${presentEpoch} as epoch, coalesce((
          select h.position from event_heads h where h.tenant_id = ${tenantId}), 0) as position`,
  )
