import type { Tx } from '../../../platform/db/sql.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { AccountBusy } from '../../identity/technicians/busy-accounts.ts'
import { tryToLockTechnician } from '../../identity/technicians/technicians.service.ts'
import { keepsTechnician, type Plan, planWithoutTechnician, withLeftQueue } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { type TicketWrite, updateTicketState } from './ticket-changes.queries.ts'

/**
 * The plan, without the technician when the plan reopens a ticket of a technician who is deactivated. The account is
 * only tried, because a deactivation locks the account first and then waits for the tickets.
 */
const withoutDeactivated = async (tx: Tx, { actor }: Act<User>, ticket: Ticket, plan: Plan): Promise<Plan> => {
  if (!keepsTechnician(ticket, plan)) return plan
  const { technician_id: technicianId } = ticket
  if (technicianId === null) return planWithoutTechnician(ticket, plan)
  const found = await tryToLockTechnician(tx, actor.tenantId, technicianId)
  if (found === 'busy') throw new AccountBusy(technicianId)
  return found === 'deactivated' ? planWithoutTechnician(ticket, plan) : plan
}

/** What a plan writes on a locked ticket. `commentId`: the comment that moved the ticket, when a comment did. */
export const writeOf = (act: Act<User>, ticket: Ticket, plan: Plan, commentId?: string): TicketWrite => {
  const { ticket_id: ticketId } = ticket
  const { state, events } = withLeftQueue(ticket, plan)
  const byComment = commentId === undefined ? {} : { comment_id: commentId }
  const version = ticket.version + 1
  return {
    ticketId,
    state,
    events: events.map(({ type, changes, details }) =>
      eventOf(act, type, ticketId, { version, changes, details: { ...byComment, ...details } }),
    ),
  }
}

/**
 * Writes the planned state and events of a locked ticket in one statement. A reopened ticket does not go back to a
 * technician who is deactivated: nobody has the ticket then. `commentId` as in `writeOf`.
 * @throws AccountBusy when a ticket is reopened while another transaction changes its technician. Run the transaction
 * with `retryingBusyAccounts`.
 */
export const writePlan = async (
  tx: Tx,
  act: Act<User>,
  ticket: Ticket,
  plan: Plan,
  commentId?: string,
): Promise<Ticket> =>
  updateTicketState(tx, act.actor, writeOf(act, ticket, await withoutDeactivated(tx, act, ticket, plan), commentId))
