import { z } from 'zod'
import { Visibility } from '../../../contract/enums.ts'
import { type Db, exec, many, sql, type Tx } from '../../../platform/db/sql.ts'

const WithVisibility = z.object({ attachment_id: z.uuid(), visibility: Visibility })

export const listVisibilities = (
  db: Db,
  tenantId: number,
  attachmentIds: string[],
): Promise<z.output<typeof WithVisibility>[]> =>
  many(
    db,
    WithVisibility,
    sql`select f.attachment_id, f.visibility from attachments f
        where f.tenant_id = ${tenantId} and f.attachment_id = any (${attachmentIds}::uuid[])`,
  )

/** Takes attachments from a comment, each with the visibility that is named for it. */
export const unsetComment = (
  tx: Tx,
  tenantId: number,
  commentId: string,
  visibilities: Record<string, Visibility>,
): Promise<number> =>
  exec(
    tx,
    sql`update attachments f set comment_id = null, visibility = n.visibility
        from unnest(${Object.keys(visibilities)}::uuid[], ${Object.values(visibilities)}::text[])
          as n (attachment_id, visibility)
        where f.tenant_id = ${tenantId} and f.attachment_id = n.attachment_id and f.comment_id = ${commentId}
          and f.deleted_at is null`,
  )
