import { z } from 'zod'
import { type Db, maybeOne, sql } from '../../../platform/db/sql.ts'
import { stampOf } from './attachments.steps.ts'
import type { ObjectId } from './store.queries.ts'

const Served = z.object({ stamp: z.string() })

/**
 * The stamp that addresses of a file have now. Null when the attachment, or its ticket, is deleted, or the tenant
 * suspended.
 */
export const findStamp = async (db: Db, { tenant_id, id }: ObjectId): Promise<string | null> => {
  const found = await maybeOne(
    db,
    Served,
    sql`select ${stampOf} as stamp from attachments f
        join tickets t on t.tenant_id = f.tenant_id and t.ticket_number = f.ticket_number and t.deleted_at is null
        join tenants n on n.tenant_id = f.tenant_id and n.state = 'active'
        where f.tenant_id = ${tenant_id} and f.attachment_id = ${id} and f.deleted_at is null`,
  )
  return found?.stamp ?? null
}
