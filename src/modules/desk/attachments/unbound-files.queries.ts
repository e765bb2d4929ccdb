import { z } from 'zod'
import { many, sql, type Tx } from '../../../platform/db/sql.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { attachmentEvents } from './attachments.queries.ts'

const GivenBack = z.object({ upload_id: z.uuid() })

/**
 * Makes attachments of a comment uploads again, which nobody sees and which may be attached anew, for `minutes`. Their
 * stored files stay where they are. Writes an event of each, as of a file that was deleted. The upload has the type
 * that was announced, so without the encoding of a text.
 */
export const makeUploadsAgain = (
  tx: Tx,
  act: Act<User>,
  commentId: string,
  minutes: number,
): Promise<z.output<typeof GivenBack>[]> =>
  many(
    tx,
    GivenBack,
    sql`with f as (
          delete from attachments f
          where f.tenant_id = ${act.actor.tenantId} and f.comment_id = ${commentId} and f.deleted_at is null
          returning f.*),
        waiting as (
          insert into attachment_uploads (tenant_id, upload_id, ticket_number, account_id, file_name, content_type, size,
            sha256, expires_at)
          select f.tenant_id, f.attachment_id, f.ticket_number, f.author_id, f.file_name,
            split_part(f.content_type, ';', 1), f.size, f.sha256, now() + make_interval(mins => ${minutes}) from f
          returning upload_id),
        logged as (${attachmentEvents(act, 'attachment.deleted')})
        select upload_id from waiting`,
  )
