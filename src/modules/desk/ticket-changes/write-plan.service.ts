import type { Tx } from '../../../platform/db/sql.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import type { Plan } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { updateTicketState } from './ticket-changes.queries.ts'

/**
 * Writes the planned state and events of a locked ticket in one statement. `commentId`: the comment that moved the
 * ticket, when a comment did.
 */
export const writePlan = (
  tx: Tx,
  act: Act<User>,
  { ticket_id: ticketId, version: before }: Ticket,
  { state, events }: Plan,
  commentId?: string,
): Promise<Ticket> => {
  const byComment = commentId === undefined ? {} : { comment_id: commentId }
  const version = before + 1
  return updateTicketState(
    tx,
    act.actor,
    ticketId,
    state,
    events.map(({ type, changes, details }) =>
      eventOf(act, type, ticketId, { version, changes, details: { ...byComment, ...details } }),
    ),
  )
}
