import type { Visibility } from '../../../contract/enums.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, Actor, User } from '../../identity/accounts/actor.ts'
import { listOfComments, markAttachmentsOfCommentDeleted, setComment } from './attachments.queries.ts'
import type { Attachment } from './attachments.schemas.ts'

/**
 * Gives attachments to a comment that was written in the same transaction: those of its author on this ticket which no
 * comment carries yet, and none that was public to an internal one.
 * @throws AppError `attachment_unavailable`, naming each of the others.
 */
export const bindAttachments = async (
  tx: Tx,
  { actor }: Act<User>,
  ticketId: string,
  attachmentIds: string[],
  commentId: string,
  visibility: Visibility,
): Promise<Attachment[]> => {
  if (attachmentIds.length === 0) return []
  const bound = await setComment(tx, actor, ticketId, attachmentIds, { commentId, visibility })
  const names = new Set(bound.map(({ attachment_id }) => attachment_id))
  const others = attachmentIds.filter((id) => !names.has(id))
  if (others.length === 0) return bound
  throw new AppError('attachment_unavailable', {
    detail: `This comment cannot carry ${others.join(', ')}.`,
    errors: others.map((id) => ({
      field: `attachment_ids.${attachmentIds.indexOf(id)}`,
      message: 'is no attachment of yours on this ticket that this comment could carry',
      code: 'attachment_unavailable',
    })),
  })
}

/** The attachments of each comment that the actor sees, by the comment's id, in one query. */
export const listAttachmentsOfComments = async (
  db: Db,
  actor: Actor,
  commentIds: string[],
): Promise<Map<string, Attachment[]>> => {
  if (commentIds.length === 0) return new Map()
  const attachments = await listOfComments(db, actor, commentIds)
  return Map.groupBy(attachments, ({ comment_id }) => comment_id ?? '')
}

/** Deletes what a comment carries, in the transaction that deletes the comment. */
export const deleteAttachmentsOfComment = async (tx: Tx, act: Act<User>, commentId: string): Promise<void> => {
  await markAttachmentsOfCommentDeleted(tx, act, commentId)
}
