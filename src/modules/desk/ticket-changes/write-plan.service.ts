import type { Tx } from '../../../platform/db/sql.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import type { Plan } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { updateTicketState } from './ticket-changes.queries.ts'

/**
 * Writes the state and the events that were planned for a ticket, which the caller has locked, in one statement.
 * `commentId` is the comment that moved the ticket, if one did.
 */
export const writePlan = (
  tx: Tx,
  act: Act<User>,
  { ticket_id: ticketId, version: before }: Ticket,
  { state, events }: Plan,
  commentId?: string,
): Promise<Ticket> => {
  const details = commentId === undefined ? {} : { comment_id: commentId }
  const version = before + 1
  return updateTicketState(
    tx,
    act.actor,
    ticketId,
    state,
    events.map(({ type, changes }) => eventOf(act, type, ticketId, { version, changes, details })),
  )
}
