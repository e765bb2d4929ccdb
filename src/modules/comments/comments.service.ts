import { randomUUID } from 'node:crypto'
import type { App } from '../../platform/app-context.ts'
import type { Db, Tx } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { AppError } from '../../platform/errors.ts'
import type { Changes, NewEvent } from '../../platform/events/events.ts'
import { type PageOf, type PageRequest, pageOf } from '../../platform/paging.ts'
import {
  bindAttachments,
  deleteAttachmentsOfComment,
  listAttachmentsOfComments,
} from '../attachments/comment-attachments.service.ts'
import type { Act, User } from '../auth/actor.ts'
import { lockVisibleTicket } from '../tickets/changes.service.ts'
import { inConversation } from '../tickets/merging.service.ts'
import { recordReply } from '../tickets/replies.service.ts'
import type { Visibility } from '../tickets/tickets.schemas.ts'
import { getTicket } from '../tickets/tickets.service.ts'
import { canChangeComment, canComment } from './comments.policy.ts'
import {
  type BareComment,
  insertComment,
  listComments,
  lockComment,
  markCommentDeleted,
  updateCommentBody,
} from './comments.queries.ts'
import type { Comment, CommentKey, CreateComment } from './comments.schemas.ts'

/** Comments are listed in the order in which they were written. */
export const commentOrder = 'created_at'

type NewsOfComment = 'comment.added' | 'comment.edited' | 'comment.deleted'

const newsOf = (
  { actor, requestId }: Act<User>,
  type: NewsOfComment,
  { comment_id, ticket_id, visibility }: Pick<Comment, 'comment_id' | 'ticket_id' | 'visibility'>,
  changes: Changes = {},
  more: Record<string, unknown> = {},
): NewEvent => ({
  tenantId: actor.tenantId,
  type,
  subjectId: ticket_id,
  // A comment leaves the ticket's version as it is, lest it makes somebody's change of the ticket stale.
  subjectVersion: null,
  actorId: actor.accountId,
  actorRole: actor.role,
  changes,
  details: { comment_id, visibility, ...more },
  requestId,
})

/** @throws AppError `forbidden` when the actor may not say this on this ticket. */
const refuseStranger = (actor: User, ticket: Parameters<typeof canComment>[1], visibility: Visibility): void => {
  if (canComment(actor, ticket, visibility)) return
  const detail = actor.role === 'customer' ? 'Customers write public comments only.' : 'This ticket is not yours.'
  throw new AppError('forbidden', { detail })
}

/**
 * Says something on a ticket. In public it is mailed to the other side: the staff's first is the ticket's first response,
 * a customer's puts a waiting ticket back to work and reopens a resolved one. An internal comment changes nothing of the
 * ticket that its customer could see. On a merged ticket all that happens at the end of its merges.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_closed` to the customer of a closed ticket,
 * `attachment_unavailable`.
 */
export const createComment = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  input: CreateComment,
): Promise<Comment> => {
  const { visibility } = input
  const comment = await inConversation(app, act, ticketId, async (tx, { ticket, end }) => {
    refuseStranger(act.actor, ticket, visibility)
    const comment_id = randomUUID()
    if (visibility === 'public') await recordReply(tx, act, end, comment_id)
    // It stays a comment on its ticket; whom it is news to is a matter of the end.
    const isFollowed = end.ticket_id !== ticketId
    const more = isFollowed ? { merged_into: end.ticket_id } : {}
    const news = newsOf(act, 'comment.added', { comment_id, ticket_id: ticketId, visibility }, {}, more)
    const written = await insertComment(tx, act.actor, ticketId, comment_id, input, news)
    const { attachment_ids = [] } = input
    const attachments = await bindAttachments(tx, act, ticketId, attachment_ids, comment_id, visibility)
    return { ...written, attachments }
  })
  app.nudge()
  return comment
}

const withAttachments = async (db: Db, actor: User, comments: BareComment[]): Promise<Comment[]> => {
  const ids = comments.map(({ comment_id }) => comment_id)
  const attachments = await listAttachmentsOfComments(db, actor, ids)
  return comments.map((comment) => ({ ...comment, attachments: attachments.get(comment.comment_id) ?? [] }))
}

/** A page of the comments on a ticket and on those merged into it, oldest first. @throws AppError `ticket_not_found`. */
export const listTicketComments = async (
  app: App,
  actor: User,
  ticketId: string,
  page: PageRequest<CommentKey>,
): Promise<PageOf<Comment>> => {
  await getTicket(app, actor, ticketId)
  const rows = await listComments(app.pool, actor, ticketId, page)
  const found = pageOf(rows, page, commentOrder, ({ created_at, comment_id }) => [created_at, comment_id])
  return { ...found, rows: await withAttachments(app.pool, actor, found.rows) }
}

/** Locks a comment that the actor may change now. */
const lockOwnComment = async (
  app: App,
  tx: Tx,
  actor: User,
  ticketId: string,
  commentId: string,
): Promise<BareComment> => {
  await lockVisibleTicket(tx, actor, ticketId)
  const comment = await lockComment(tx, actor, ticketId, commentId)
  if (comment === null) throw new AppError('comment_not_found')
  if (!canChangeComment(actor, comment)) throw new AppError('forbidden', { detail: 'This comment is not yours.' })
  const { COMMENT_EDIT_MINUTES: minutes } = app.config
  const isLate = Date.now() - Date.parse(comment.created_at) > minutes * 60_000
  if (isLate && actor.role !== 'admin') {
    throw new AppError('comment_too_old', { detail: `A comment can be changed for ${minutes} minutes.` })
  }
  return comment
}

/**
 * Changes the text of a comment; the earlier one stays in the ticket's history.
 * @throws AppError `ticket_not_found`, `comment_not_found`, `forbidden`, `comment_too_old` after `COMMENT_EDIT_MINUTES`.
 */
export const updateComment = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  commentId: string,
  body: string,
): Promise<Comment> => {
  const comment = await transaction(app.pool, async (tx) => {
    const before = await lockOwnComment(app, tx, act.actor, ticketId, commentId)
    const attachments = (await listAttachmentsOfComments(tx, act.actor, [commentId])).get(commentId) ?? []
    if (before.body === body) return { ...before, attachments }
    const news = newsOf(act, 'comment.edited', before, { body: { from: before.body, to: body } })
    return { ...(await updateCommentBody(tx, act.actor, commentId, body, news)), attachments }
  })
  app.nudge()
  return comment
}

/**
 * Takes a comment out of the conversation, with what it carries; its text stays in the ticket's history.
 * @throws AppError `ticket_not_found`, `comment_not_found`, `forbidden`, `comment_too_old` after `COMMENT_EDIT_MINUTES`.
 */
export const deleteComment = async (app: App, act: Act<User>, ticketId: string, commentId: string): Promise<void> => {
  await transaction(app.pool, async (tx) => {
    const before = await lockOwnComment(app, tx, act.actor, ticketId, commentId)
    const news = newsOf(act, 'comment.deleted', before, { body: { from: before.body, to: null } })
    await markCommentDeleted(tx, act.actor, commentId, news)
    await deleteAttachmentsOfComment(tx, act, commentId)
  })
  app.nudge()
}
