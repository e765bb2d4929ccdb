import { exec, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'

/** A logo in the store: the id of its object, and what its bytes are. */
export interface Logo {
  id: string
  sha256: string
  bytes: number
  contentType: string
}

/** Writes which logo a tenant has, null for none, and the event. */
export const updateLogo = (tx: Tx, logo: Logo | null, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with changed as (
          update tenants set logo_id = ${logo?.id ?? null}, logo_sha256 = ${logo?.sha256 ?? null},
            logo_bytes = ${logo?.bytes ?? null}, logo_type = ${logo?.contentType ?? null}
          where tenant_id = ${event.tenantId})
        ${appendEvents([event])}`,
  )
