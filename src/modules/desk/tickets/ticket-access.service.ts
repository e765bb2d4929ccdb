import type { Visibility } from '../../../contract/enums.ts'
import type { ErrorCode } from '../../../contract/error-codes.ts'
import { requireWrite } from '../../../platform/access.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { isTakeable, replyAccess, workAccess } from './tickets.policy.ts'
import type { Ticket } from './tickets.schemas.ts'

/** Why an actor who sees a ticket may not work on it, and what a technician can do about it. */
const notTheirs = (actor: User, ticket: Ticket): string => {
  const { ticket_id } = ticket
  return actor.role === 'technician' && isTakeable(actor, ticket)
    ? `${ticket_id} is not yours. Take it first: PUT /tickets/${ticket_id} with "technician_id": "${actor.accountId}".`
    : `${ticket_id} is not yours.`
}

/** Why an actor who sees a ticket may not write on it, and how they can. */
const whyNoReply = (actor: User, ticket: Ticket): string =>
  actor.role === 'customer'
    ? 'What customers write and attach is public.'
    : `${notTheirs(actor, ticket)} Or write for the staff only, with "visibility": "internal".`

/**
 * The ticket, which the actor works on: see `workAccess`. Null when the actor does not see it.
 * @throws AppError `notFound`, `forbidden`.
 */
export const requireWork = (actor: User, ticket: Ticket | null, notFound: ErrorCode = 'ticket_not_found'): Ticket =>
  requireWrite(
    ticket,
    (found) => workAccess(actor, found),
    notFound,
    ticket === null ? undefined : notTheirs(actor, ticket),
  )

/**
 * Refuses a comment or a file that the actor may not put on a ticket: see `replyAccess`.
 * @throws AppError `forbidden`.
 */
export const requireReply = (actor: User, ticket: Ticket, visibility: Visibility): void => {
  const detail = whyNoReply(actor, ticket)
  requireWrite(ticket, (found) => replyAccess(actor, found, visibility), 'ticket_not_found', detail)
}
