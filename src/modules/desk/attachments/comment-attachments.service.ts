import type { Visibility } from '../../../contract/enums.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, Actor, User } from '../../identity/accounts/actor.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { usualVisibility } from './attachments.policy.ts'
import { listOfComments, markAttachmentsOfCommentDeleted, setComment } from './attachments.queries.ts'
import type { Attachment, CheckedUpload } from './attachments.schemas.ts'
import { listVisibilities, unsetComment } from './unbound-files.queries.ts'
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
 * brings along, which were checked. `files`: how visible each is when the comment is taken back.
 * @throws AppError `attachment_unavailable`, `too_many_attachments`.
 */
export const carryFiles = async (
  tx: Tx,
  act: Act<User>,
  finalTarget: Ticket,
  { ticket_id: ticketId, comment_id, visibility }: { ticket_id: string; comment_id: string; visibility: Visibility },
  { attachment_ids: ids = [], checked = [] }: { attachment_ids?: string[]; checked?: CheckedUpload[] },
): Promise<{ files: Record<string, Visibility>; attachments: Attachment[] }> => {
  if (ids.length === 0) return { files: {}, attachments: [] }
  const { actor } = act
  const here = act.undo === undefined ? [] : await listVisibilities(tx, actor.tenantId, ids)
  const brought = await attachChecked(tx, act, ticketId, checked, { visibility, finalTarget })
  const attachments = await bindAttachments(tx, act, ticketId, ids, comment_id, visibility)
  // Taken back, a file that came with the comment is as public as one that came without.
  const usual = brought.map((file) => ({ ...file, visibility: usualVisibility(actor) }))
  const files = act.undo === undefined ? [] : [...here, ...usual]
  return { files: Object.fromEntries(files.map((file) => [file.attachment_id, file.visibility])), attachments }
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
 * Takes attachments from the comment that had them, with the visibility that each had before, in the transaction that
 * takes the comment back. They stay with the ticket, as before.
 */
export const unbindAttachments = async (
  tx: Tx,
  { tenantId }: User,
  commentId: string,
  visibilities: Record<string, Visibility>,
): Promise<void> => {
  if (Object.keys(visibilities).length > 0) await unsetComment(tx, tenantId, commentId, visibilities)
}
