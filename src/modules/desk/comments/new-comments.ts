import type { Visibility } from '../../../contract/enums.ts'
import type { Warning } from '../../../contract/warnings.ts'
import type { NewEvent } from '../../../platform/events/append-events.ts'
import type { User } from '../../identity/accounts/actor.ts'
import type { CheckedUpload } from '../attachments/attachments.schemas.ts'
import type { Reply } from '../tickets/replies.policy.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import type { CreateComment } from './comments.schemas.ts'

/** A comment to be written on a locked ticket, with its event. */
export interface NewComment {
  ticketId: string
  commentId: string
  authorId: string
  visibility: Visibility
  body: string
  inReplyTo: string | null
  /** What a public comment notes on the ticket where the conversation goes on. */
  reply: Reply | null
  event: NewEvent
}

/**
 * A comment, and the version of the ticket that its author has read; null, or none, for any. `checked`: the files that
 * it attaches.
 */
export type SentComment = CreateComment & { ifMatch?: number | null; checked?: CheckedUpload[] }

/** A comment of an author on a ticket, as it is written. */
export const newComment = (
  { accountId: authorId }: User,
  ticketId: string,
  { body, visibility, in_reply_to }: Pick<CreateComment, 'body' | 'visibility' | 'in_reply_to'>,
  parts: Pick<NewComment, 'commentId' | 'reply' | 'event'>,
): NewComment => ({ ...parts, ticketId, authorId, visibility, body, inReplyTo: in_reply_to ?? null })

/** The warning of a comment on the ticket of a customer who is deactivated, when it is for the customer. */
export const warnUnheard = ({ role }: User, { customer_name }: Ticket, visibility: Visibility): Warning[] =>
  visibility === 'internal' || role === 'customer'
    ? []
    : [
        {
          code: 'customer_deactivated',
          detail: `The account of ${customer_name} is deactivated, so the customer is not told of this comment.`,
        },
      ]
