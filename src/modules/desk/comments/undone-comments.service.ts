import type { Visibility } from '../../../contract/enums.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { unbindAttachments } from '../attachments/comment-attachments.service.ts'
import type { UndoneComment } from './comments.schemas.ts'
import { markCommentUndone } from './undone-comments.queries.ts'

/**
 * Takes a comment out of every answer, in the transaction of an undo, which writes the event. Its files stay with the
 * ticket, each with the visibility that it had before. Null when the comment is gone already.
 */
export const takeBackComment = async (
  tx: Tx,
  actor: User,
  commentId: string,
  files: Record<string, Visibility>,
): Promise<UndoneComment | null> => {
  const comment = await markCommentUndone(tx, actor, commentId)
  if (comment !== null) await unbindAttachments(tx, actor, commentId, files)
  return comment
}
