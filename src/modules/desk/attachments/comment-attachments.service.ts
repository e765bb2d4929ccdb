import type { Visibility } from '../../../contract/enums.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, Actor, User } from '../../identity/accounts/actor.ts'
import { registerMinutes } from './attachments.policy.ts'
import { listOfComments, markAttachmentsOfCommentDeleted, setComment } from './attachments.queries.ts'
import type { Attachment } from './attachments.schemas.ts'
import { listVisibilities, makeUploadsAgain } from './unbound-files.queries.ts'

/**
 * Gives attachments to a comment that was written in the same transaction. They must be the author's own, on this
 * ticket, and without a comment. An internal comment gets no public attachment.
 * @throws AppError `attachment_unavailable`, naming each attachment that the comment cannot get.
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
    detail: `This comment cannot have ${others.join(', ')}.`,
    errors: others.map((id) => ({
      field: `attachment_ids.${attachmentIds.indexOf(id)}`,
      message: 'must be your attachment on this ticket, without a comment, and not public in an internal comment',
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

/** Deletes the attachments of a comment, in the transaction that deletes the comment. */
export const deleteAttachmentsOfComment = async (tx: Tx, act: Act<User>, commentId: string): Promise<void> => {
  await markAttachmentsOfCommentDeleted(tx, act, commentId)
}

/** The visibility of each of some attachments, by its id. */
export const visibilityOfFiles = async (
  tx: Tx,
  { tenantId }: User,
  attachmentIds: string[],
): Promise<Record<string, Visibility>> =>
  attachmentIds.length === 0
    ? {}
    : Object.fromEntries(
        (await listVisibilities(tx, tenantId, attachmentIds)).map((file) => [file.attachment_id, file.visibility]),
      )

/**
 * Takes the files of a comment from the ticket, in the transaction that takes the comment back. They are uploads again:
 * nobody sees them, their author may attach them anew, and they are thrown away as other uploads are.
 */
export const unbindAttachments = async (tx: Tx, act: Act<User>, commentId: string): Promise<void> => {
  await makeUploadsAgain(tx, act, commentId, registerMinutes)
}
