import type { Visibility } from '../../../contract/enums.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, Actor, User } from '../../identity/accounts/actor.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { registerMinutes } from './attachments.policy.ts'
import { listOfComments, markAttachmentsOfCommentDeleted, setComment } from './attachments.queries.ts'
import type { Attachment, CheckedUpload } from './attachments.schemas.ts'
import { makeUploadsAgain } from './unbound-files.queries.ts'
import { attachChecked } from './uploads.service.ts'

/**
 * Gives attachments to a comment that was written in the same transaction. They must be the author's own, on this
 * ticket, and without a comment. An internal comment gets no public attachment.
 * @throws AppError `attachment_unavailable`, naming each attachment that the comment cannot get.
 */
const bindAttachments = async (
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

/**
 * Gives a comment that was written in the same transaction its files: those that are on the ticket, and those that it
 * brings along, which were checked.
 * @throws AppError `attachment_unavailable`, `too_many_attachments`.
 */
export const carryFiles = async (
  tx: Tx,
  act: Act<User>,
  finalTarget: Ticket,
  { ticket_id: ticketId, comment_id, visibility }: { ticket_id: string; comment_id: string; visibility: Visibility },
  { attachment_ids: ids = [], checked = [] }: { attachment_ids?: string[]; checked?: CheckedUpload[] },
): Promise<Attachment[]> => {
  if (ids.length === 0) return []
  await attachChecked(tx, act, ticketId, checked, { visibility, finalTarget })
  return bindAttachments(tx, act, ticketId, ids, comment_id, visibility)
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

/**
 * Takes the files of a comment from the ticket, in the transaction that takes the comment back. They are uploads again:
 * nobody sees them, their author may attach them anew, and they are thrown away as other uploads are.
 */
export const unbindAttachments = async (tx: Tx, act: Act<User>, commentId: string): Promise<void> => {
  await makeUploadsAgain(tx, act, commentId, registerMinutes)
}
