import { randomUUID } from 'node:crypto'
import { withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { refuseClosedToCustomer } from '../ticket-changes/record-reply.service.ts'
import { decidesReopening, replyOn } from '../tickets/replies.policy.ts'
import { sharingTransactions } from '../tickets/shared-transactions.service.ts'
import { requireReply } from '../tickets/ticket-access.service.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { insertComments, type WrittenComment } from './comments.queries.ts'
import type { Comment } from './comments.schemas.ts'
import { mentionsIn } from './mentions.ts'
import { type NewComment, newComment, type SentComment, warnUnheard } from './new-comments.ts'

/** A comment that is to be written, and its ticket. */
interface Planned extends NewComment {
  ticket: Ticket
}

const share = sharingTransactions<Planned, Comment>(async (tx, actor, planned) => {
  const written = await insertComments(tx, actor, planned)
  return planned.map(({ ticket, visibility }, place) => {
    const { is_customer_deactivated, ...comment } = written[place] as WrittenComment
    const warnings = is_customer_deactivated ? warnUnheard(actor, ticket, visibility) : []
    return withWarnings({ ...comment, attachments: [] }, warnings)
  })
})

/** A comment on a locked ticket; null when the ticket alone does not decide about it. */
const planComment = (act: Act<User>, input: SentComment, ticket: Ticket): Planned | null => {
  const { actor } = act
  const { visibility, ifMatch = null, reopens = true } = input
  if (ticket.merged_into !== null || decidesReopening(actor, ticket)) return null
  if (ifMatch !== null && ifMatch !== ticket.version) return null
  requireReply(actor, ticket, visibility)
  refuseClosedToCustomer(actor, ticket)
  const reply = visibility === 'public' ? replyOn(actor, ticket, reopens) : null
  if (visibility === 'public' && reply === null) return null
  const { ticket_id: ticketId } = ticket
  const commentId = randomUUID()
  const event = eventOf(act, 'comment.added', ticketId, { details: { comment_id: commentId, visibility } })
  return { ticket, ...newComment(actor, ticketId, input, { commentId, reply, event }) }
}

/** Whether a comment is only written: it attaches, answers, mentions, resolves and replaces nothing. */
const isPlain = ({ accountId }: User, input: SentComment): boolean =>
  (input.attachment_ids ?? []).length === 0 &&
  input.in_reply_to === undefined &&
  input.draft_version === undefined &&
  input.resolution_summary === undefined &&
  (input.visibility === 'public' || mentionsIn(input.body).every((name) => name === accountId))

/**
 * Writes a comment in a transaction that comments on other tickets share, which arrive at the same time. Null when the
 * comment needs a transaction of its own (`sharingTransactions`); nothing is written then.
 */
export const commentCombined = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  input: SentComment,
): Promise<Comment | null> =>
  isPlain(act.actor, input) ? share(app, act, ticketId, (ticket) => planComment(act, input, ticket)) : null
