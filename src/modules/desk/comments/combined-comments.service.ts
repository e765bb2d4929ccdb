import { randomUUID } from 'node:crypto'
import { withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import { currentTraceparent } from '../../../platform/tracing/spans.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { refuseClosedToCustomer } from '../ticket-changes/record-reply.service.ts'
import { decidesReopening, replyOn } from '../tickets/replies.policy.ts'
import { sharingTransactions, type TicketRequest } from '../tickets/shared-transactions.service.ts'
import { requireReply } from '../tickets/ticket-access.service.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { insertComments } from './comments.queries.ts'
import type { Comment } from './comments.schemas.ts'
import { mentionsIn } from './mentions.ts'
import { type NewComment, newComment, type SentComment, warnUnheard } from './new-comments.ts'

interface CommentRequest extends TicketRequest {
  input: SentComment
  traceparent: string | null
}

/** A comment that is written, and its ticket. */
interface Planned {
  ticket: Ticket
  comment: NewComment
}

const shared = sharingTransactions<CommentRequest, Planned, Comment>({
  plan({ act, ticketId, input, traceparent }, ticket) {
    const { actor } = act
    const { visibility, ifMatch = null, reopens = true } = input
    if (ticket.merged_into !== null || decidesReopening(actor, ticket)) return null
    if (ifMatch !== null && ifMatch !== ticket.version) return null
    requireReply(actor, ticket, visibility)
    refuseClosedToCustomer(actor, ticket)
    const reply = visibility === 'public' ? replyOn(actor, ticket, reopens) : null
    if (visibility === 'public' && reply === null) return null
    const commentId = randomUUID()
    const event = eventOf(act, 'comment.added', ticketId, { details: { comment_id: commentId, visibility } })
    const comment = newComment(act, ticketId, input, { commentId, reply, event: { ...event, traceparent } })
    return { ticket, comment }
  },
  async write(tx, actor, planned) {
    const written = await insertComments(
      tx,
      actor,
      planned.map(({ comment }) => comment),
    )
    return planned.map(({ ticket, comment: { commentId, visibility } }) => {
      const found = written.get(commentId)
      if (found === undefined) throw new Error(`the comment on ${ticket.ticket_id} was not written`)
      const { is_customer_deactivated, ...comment } = found
      return withWarnings(
        { ...comment, attachments: [] },
        is_customer_deactivated ? warnUnheard(actor, ticket, visibility) : [],
      )
    })
  },
})

/** Whether a comment is only written: it attaches, answers, mentions, resolves and replaces nothing. */
const isPlain = ({ actor, receipt, undo }: Act<User>, input: SentComment): boolean =>
  receipt === null &&
  undo === undefined &&
  (input.attachment_ids ?? []).length === 0 &&
  input.in_reply_to === undefined &&
  input.draft_version === undefined &&
  input.resolution_summary === undefined &&
  (input.visibility === 'public' || mentionsIn(input.body).every((name) => name === actor.accountId))

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
  isPlain(act, input) ? shared(app, { act, ticketId, input, traceparent: currentTraceparent() }) : null
