import type { Visibility } from '../../../contract/enums.ts'
import type { ErrorCode } from '../../../contract/error-codes.ts'
import { requireWrite, writeIf } from '../../../platform/access.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { followUp } from './ticket-moves.ts'
import { forbiddenMembers, isTakeable, reopenAndCloseAccess, replyAccess, workAccess } from './tickets.policy.ts'
import type { Ticket, TicketChange } from './tickets.schemas.ts'

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
    : `${notTheirs(actor, ticket)} You may write for the staff only, with "visibility": "internal".`

/**
 * The ticket, which the actor works on: see `workAccess`. Null when the actor does not see it.
 * @throws AppError `notFound`, `forbidden`.
 */
export const requireWork = (actor: User, ticket: Ticket | null, notFound: ErrorCode = 'ticket_not_found'): Ticket =>
  requireWrite(ticket, (found) => workAccess(actor, found), notFound, ticket === null ? '' : notTheirs(actor, ticket))

/**
 * Refuses a comment or a file that the actor may not put on a ticket: see `replyAccess`.
 * @throws AppError `forbidden`.
 */
export const requireReply = (actor: User, ticket: Ticket, visibility: Visibility): void => {
  const detail = whyNoReply(actor, ticket)
  requireWrite(ticket, (found) => replyAccess(actor, found, visibility), 'ticket_not_found', detail)
}

/** How a customer reaches what they may not do by changing members of a ticket. */
const wayOfCustomer = ({ ticket_id, status }: Ticket, change: TicketChange, forbidden: string[]): string => {
  if (change.status === 'closed') return `Close it with POST /tickets/${ticket_id}/close.`
  if (change.status !== undefined && status === 'resolved') return `Reopen it with POST /tickets/${ticket_id}/reopen.`
  if (status === 'closed') return followUp
  const correctable = forbidden.filter((member) => member === 'subject' || member === 'issue_description')
  const until = correctable.length > 0 ? `You may change ${correctable.join(', ')} only while it is new. ` : ''
  const comments = `POST /tickets/${ticket_id}/comments`
  if (change.issue_category !== undefined && until === '') {
    return `The category decides who works on the ticket. Ask for another in a comment: ${comments}.`
  }
  return `${until}Write a comment instead: ${comments}.`
}

const wayOfTechnician = (actor: User, ticket: Ticket, forbidden: string[]): string => {
  if (workAccess(actor, ticket) !== 'write') return notTheirs(actor, ticket)
  if (!forbidden.includes('technician_id')) return 'An admin can change them.'
  if (ticket.status === 'closed') return `A closed ticket keeps its technician. ${followUp}`
  return `Reopen it first, with POST /tickets/${ticket.ticket_id}/reopen: a resolved ticket keeps its technician.`
}

/**
 * Refuses a change of members that the actor may not change: see `forbiddenMembers`. A change of nothing answers with
 * the ticket, so it is for those who work on the ticket.
 * @throws AppError `forbidden`, which says how else the actor reaches the same.
 */
export const requireChange = (actor: User, ticket: Ticket, change: TicketChange): void => {
  const forbidden = forbiddenMembers(actor, ticket, change)
  if (Object.keys(change).length === 0) {
    const detail = actor.role === 'customer' ? 'Say what to change.' : notTheirs(actor, ticket)
    requireWrite(ticket, (found) => workAccess(actor, found), 'ticket_not_found', detail)
    return
  }
  const way =
    actor.role === 'customer' ? wayOfCustomer(ticket, change, forbidden) : wayOfTechnician(actor, ticket, forbidden)
  const detail = `You may not change ${forbidden.join(', ')} of ${ticket.ticket_id}. ${way}`
  requireWrite(ticket, () => writeIf(forbidden.length === 0), 'ticket_not_found', detail)
}

/** Refuses closing or reopening a ticket: see `reopenAndCloseAccess`. @throws AppError `forbidden`. */
export const requireReopenOrClose = (actor: User, ticket: Ticket): void => {
  const detail = notTheirs(actor, ticket)
  requireWrite(ticket, (found) => reopenAndCloseAccess(actor, found), 'ticket_not_found', detail)
}
