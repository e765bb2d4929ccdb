import { maybeOne, sql, type Tx } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { UndoneComment } from './comments.schemas.ts'

/** Takes a comment of the actor out of every answer. The row keeps the text. */
export const markCommentUndone = (tx: Tx, actor: User, commentId: string): Promise<UndoneComment | null> =>
  maybeOne(
    tx,
    UndoneComment,
    sql`update comments m set deleted_at = now()
        where m.tenant_id = ${actor.tenantId} and m.comment_id = ${commentId} and m.author_id = ${actor.accountId}
          and m.deleted_at is null
        returning m.comment_id, public_id('TKT', m.ticket_number) as ticket_id, m.visibility, m.body`,
  )
