import { randomUUID } from 'node:crypto'
import type { Visibility } from '../../../contract/enums.ts'
import { type Warning, withWarnings } from '../../../contract/warnings.ts'
import { requireWrite } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import { fitPage } from '../../../platform/page-budget.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
import {
  carryFiles,
  deleteAttachmentsOfComment,
  listAttachmentsOfComments,
} from '../attachments/comment-attachments.service.ts'
import { checkFilesOfComment } from '../attachments/uploads.service.ts'
import { deleteSentDraft } from '../drafts/drafts.service.ts'
import { refuseStale, resolveLocked } from '../ticket-changes/change-ticket.service.ts'
import { recordReply } from '../ticket-changes/record-reply.service.ts'
import { type Conversation, inConversation } from '../tickets/conversations.service.ts'
import { refuseLate } from '../tickets/edit-time.policy.ts'
import { decidesReopening } from '../tickets/replies.policy.ts'
import { requireReply } from '../tickets/ticket-access.service.ts'
import { authorAccess } from '../tickets/tickets.policy.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { getTicket, lockVisibleTicket } from '../tickets/tickets.service.ts'
import { offerUndo } from '../tickets/undos.service.ts'
import { commentCombined } from './combined-comments.service.ts'
import {
  type BareComment,
  findAnswered,
  insertComment,
  listComments,
  lockComment,
  markCommentDeleted,
  updateCommentBody,
} from './comments.queries.ts'
import type { Comment, CommentKey, CommentSort, CreateComment, ListedComment } from './comments.schemas.ts'
import { lockMentioned, type Mentions, watchByMention } from './mentions.service.ts'
import { newComment, type SentComment, warnUnheard } from './new-comments.ts'

type CommentFacts = Pick<Comment, 'comment_id' | 'visibility'>

/**
 * The details of every event of a comment. Comments leave the ticket's version as it is, so that no change becomes
 * stale.
 */
const detailsOf = ({ comment_id, visibility }: CommentFacts): CommentFacts => ({ comment_id, visibility })

/**
 * Refuses an answer to a comment that is not there for the actor, or that more people would read than the comment. The
 * refusal is the same for both, so that a customer learns of no internal comment.
 * @throws AppError `reply_unavailable`.
 */
const refuseUnanswerable = async (tx: Tx, actor: User, ticketId: string, input: CreateComment): Promise<void> => {
  const { in_reply_to: commentId, visibility } = input
  if (commentId === undefined) return
  const answered = await findAnswered(tx, actor, ticketId, commentId)
  if (answered !== null && (answered.visibility === 'public' || visibility === 'internal')) return
  throw new AppError('reply_unavailable', {
    detail: `${ticketId} has no such comment that this comment can answer.`,
    errors: [
      {
        field: 'in_reply_to',
        message: 'must be a comment on this ticket that those who read the answer can read, too',
        code: 'reply_unavailable',
      },
    ],
  })
}

/**
 * The visibility of a comment that does not say it: what customers write is public. The staff must say it, because a
 * slip would show the customer what they must not read, or hide an answer.
 * @throws AppError `validation_failed`.
 */
export const visibilityOf = ({ role }: User, visibility: Visibility | undefined): Visibility => {
  if (visibility !== undefined) return visibility
  if (role === 'customer') return 'public'
  throw invalidMember('visibility', 'is missing: say public or internal', 'missing')
}

/** Refuses a comment that is meant for another version of the ticket. @throws AppError `stale_version`. */
const refuseUnread = async (tx: Tx, actor: User, ticket: Ticket, input: SentComment): Promise<void> => {
  const { ifMatch = null, resolution_summary } = input
  if (ifMatch === null || ifMatch === ticket.version) return
  await refuseStale(
    tx,
    ticket,
    actor,
    ifMatch,
    resolution_summary === undefined ? [] : ['status', 'resolution_summary'],
  )
}

/**
 * Writes a comment on a ticket. A public comment is mailed to the other side. The first one of the staff is the
 * ticket's first response. One of the customer puts a waiting ticket back to work. It reopens a resolved one, unless
 * the customer says that it does not. An internal comment changes nothing of the ticket that its customer could see.
 * With a `resolution_summary` the ticket is resolved by the same act. Files that its author has sent to the store and
 * not attached are attached by it. The people whom it mentions become watchers. On a merged ticket all that happens at
 * the final target. A comment that only its ticket decides about may share its transaction (`commentCombined`).
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_closed` to the customer of a closed ticket,
 * `attachment_unavailable`, the codes of `checkFilesOfComment`, `reply_unavailable`, `stale_version` when `ifMatch` is
 * another version, `already_resolved`, the codes of `planChange`; `unavailable` when the ticket is merged
 * again and again meanwhile.
 */
export const createComment = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  input: SentComment,
): Promise<Comment> => {
  const written = await commentCombined(app, act, ticketId, input)
  if (written !== null) return written
  const { attachment_ids = [], visibility } = input
  const checked = await checkFilesOfComment(app, act.actor, ticketId, attachment_ids, visibility)
  return inConversation<Comment, Mentions>(
    app,
    act,
    ticketId,
    (tx, conversation, mentioned) => writeComment(app, tx, act, conversation, { ...input, checked }, mentioned),
    (tx) => lockMentioned(app, tx, act.actor, input),
  )
}

/** Writes a comment of the actor on a ticket whose conversation is locked. */
const writeComment = async (
  app: App,
  tx: Tx,
  act: Act<User>,
  { ticket, finalTarget }: Conversation,
  input: SentComment,
  mentioned: Mentions,
): Promise<Comment> => {
  const { actor } = act
  const { ticket_id: ticketId } = ticket
  const { visibility, draft_version, in_reply_to, reopens = true, resolution_summary } = input
  // Who works on the final target goes on with the conversation.
  requireReply(actor, finalTarget, visibility)
  await refuseUnread(tx, actor, ticket, input)
  await refuseUnanswerable(tx, actor, ticketId, input)
  const comment_id = randomUUID()
  const reply =
    visibility === 'public' ? await recordReply(tx, act, finalTarget, { commentId: comment_id, reopens }) : null
  const { mentions, warnings } = await watchByMention(tx, act, ticketId, mentioned)
  // The comment stays on its ticket. Its recipients are those of the final target.
  const isMerged = finalTarget.ticket_id !== ticketId
  const details = {
    comment_id,
    visibility,
    ...(in_reply_to === undefined ? {} : { in_reply_to }),
    ...(isMerged ? { merged_into: finalTarget.ticket_id } : {}),
    ...(decidesReopening(actor, finalTarget) ? { reopens } : {}),
    ...(mentions.length === 0 ? {} : { mentions }),
  }
  const event = eventOf(act, 'comment.added', ticketId, { details })
  const comment = newComment(actor, ticketId, input, { event, reply, commentId: comment_id })
  const { is_customer_deactivated, ...written } = await insertComment(tx, actor, comment)
  const attachments = await carryFiles(tx, act, finalTarget, written, input)
  if (resolution_summary !== undefined) {
    // The version is that of the ticket itself, so of a merged one it does not tell what its final target is like.
    const knowsTicket = typeof input.ifMatch === 'number' && !isMerged
    await resolveLocked(tx, act, finalTarget, { summary: resolution_summary, knowsTicket, throughMerge: isMerged })
  }
  if (draft_version !== undefined) await deleteSentDraft(tx, actor, ticketId, visibility, draft_version)
  const done = { before: finalTarget, asked: ticketId, commentId: comment_id }
  const offer = await offerUndo(app, tx, act, done)
  if (is_customer_deactivated) warnings.push(...warnUnheard(actor, finalTarget, visibility))
  return withWarnings({ ...written, attachments, ...offer }, warnings)
}

/**
 * Writes an internal comment of the actor on a ticket that the caller has locked, and has checked the actor's access
 * to. `mentioned`: what `lockMentioned` found in the text before the ticket was locked. Answers with the id of the
 * comment, and with warnings about those who cannot be mentioned.
 */
export const writeInternalComment = async (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  body: string,
  mentioned: Mentions,
): Promise<{ commentId: string; warnings: Warning[] }> => {
  const commentId = randomUUID()
  const visibility = 'internal'
  const { mentions, warnings } = await watchByMention(tx, act, ticketId, mentioned)
  const details = { comment_id: commentId, visibility, ...(mentions.length === 0 ? {} : { mentions }) } as const
  const event = eventOf(act, 'comment.added', ticketId, { details })
  const comment = newComment(act.actor, ticketId, { body, visibility }, { event, reply: null, commentId })
  await insertComment(tx, act.actor, comment)
  return { commentId, warnings }
}

const withAttachments = async (db: Db, actor: User, comments: BareComment[]): Promise<Comment[]> => {
  const ids = comments.map(({ comment_id }) => comment_id)
  const attachments = await listAttachmentsOfComments(db, actor, ids)
  return comments.map((comment) => ({ ...comment, attachments: attachments.get(comment.comment_id) ?? [] }))
}

/** Until when the reader may change a comment of theirs; null for those of others. */
const editableUntil = (minutes: number, { accountId }: User, { author_id, created_at }: Comment): string | null =>
  author_id === accountId ? new Date(Date.parse(created_at) + minutes * 60_000).toISOString() : null

/**
 * A page of the comments on a ticket and on those merged into it, in the order in which they were written, or the
 * newest first; all, or those since a time. @throws AppError `ticket_not_found`.
 */
export const listTicketComments = async (
  app: App,
  actor: User,
  ticketId: string,
  { sort, since }: { sort: CommentSort; since?: string },
  page: PageRequest<CommentKey>,
): Promise<PageOf<ListedComment>> => {
  await getTicket(app, actor, ticketId)
  const rows = await listComments(app.pool, actor, ticketId, sort, since, page)
  const found = pageOf(rows, page, sort, ({ created_at, comment_id }) => [created_at, comment_id])
  const comments = await withAttachments(app.pool, actor, found.rows)
  const { comment_edit_minutes: minutes } = await settingsOf(app, actor.tenantId)
  const listed = comments.map((one) => ({ ...one, editable_until: editableUntil(minutes, actor, one) }))
  return { ...found, rows: fitPage(listed, ['body']) }
}

/** Locks a comment that the actor may change at this time. */
const lockOwnComment = async (
  tx: Tx,
  actor: User,
  ticketId: string,
  { commentId, minutes }: { commentId: string; minutes: number },
): Promise<BareComment> => {
  await lockVisibleTicket(tx, actor, ticketId)
  const { is_late, ...comment } = requireWrite(
    await lockComment(tx, actor, ticketId, commentId, minutes),
    (found) => authorAccess(actor, found),
    'comment_not_found',
    'This comment is not yours.',
  )
  refuseLate(actor, { is_late }, 'comment_too_old', `A comment can be changed for ${minutes} minutes.`)
  return comment
}

/**
 * Changes the text of a comment. The earlier text stays in the ticket's history.
 * @throws AppError `ticket_not_found`, `comment_not_found`, `forbidden`, `comment_too_old` after
 * `comment_edit_minutes`.
 */
export const updateComment = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  commentId: string,
  body: string,
): Promise<Comment> => {
  const { comment_edit_minutes: minutes } = await settingsOf(app, act.actor.tenantId)
  return transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      const before = await lockOwnComment(tx, actor, ticketId, { commentId, minutes })
      const attachments = (await listAttachmentsOfComments(tx, actor, [commentId])).get(commentId) ?? []
      if (before.body === body) return { ...before, attachments }
      const changes = { body: { from: before.body, to: body } }
      const event = eventOf(act, 'comment.edited', ticketId, { changes, details: detailsOf(before) })
      return { ...(await updateCommentBody(tx, actor, commentId, body, event)), attachments }
    },
    act.receipt,
  )
}

/**
 * Deletes a comment with its attachments. Its text stays in the ticket's history.
 * @throws AppError `ticket_not_found`, `comment_not_found`, `forbidden`, `comment_too_old` after
 * `comment_edit_minutes`.
 */
export const deleteComment = async (app: App, act: Act<User>, ticketId: string, commentId: string): Promise<void> => {
  const { comment_edit_minutes: minutes } = await settingsOf(app, act.actor.tenantId)
  await transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      const before = await lockOwnComment(tx, actor, ticketId, { commentId, minutes })
      const changes = { body: { from: before.body, to: null } }
      const event = eventOf(act, 'comment.deleted', ticketId, { changes, details: detailsOf(before) })
      await markCommentDeleted(tx, actor, commentId, event)
      await deleteAttachmentsOfComment(tx, act, commentId)
    },
    act.receipt,
  )
}
