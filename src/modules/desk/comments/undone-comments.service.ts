import type { Tx } from '../../../platform/db/sql.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { unbindAttachments } from '../attachments/comment-attachments.service.ts'
import type { UndoneComment } from './comments.schemas.ts'
import { markCommentUndone } from './undone-comments.queries.ts'

/**
 * Takes a comment out of every answer, in the transaction of an undo, which writes the event. Its files are
 * uploads of its author again, as before it was sent. Null when the comment is gone already.
 */
export const takeBackComment = async (tx: Tx, act: Act<User>, commentId: string): Promise<UndoneComment | null> => {
  const comment = await markCommentUndone(tx, act.actor, commentId)
  if (comment !== null) await unbindAttachments(tx, act, commentId)
  return comment
}
