import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { planChange } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { markReplied, markResponded } from './ticket-changes.queries.ts'
import { writePlan } from './write-plan.service.ts'

/** @throws AppError `ticket_closed` to the customer of a closed ticket, with the hint to create a follow-up. */
export const refuseClosedToCustomer = (actor: User, { ticket_id, status }: Ticket): void => {
  if (actor.role !== 'customer' || status !== 'closed') return
  throw new AppError('ticket_closed', {
    detail: `${ticket_id} is closed. Create a new ticket that follows it: POST /tickets with "follow_up_of": "${ticket_id}".`,
    extra: { follow_up_of: ticket_id },
  })
}

/**
 * Whether a public comment decides if a resolved ticket is reopened. Its customer's does: it reopens the ticket, or
 * leaves it resolved when they ask for that: "thanks, it works".
 */
export const decidesReopening = (actor: User, { status }: Ticket): boolean =>
  actor.role === 'customer' && status === 'resolved'

/** Notes that a public file was attached to a locked ticket: one of the staff is a first response. */
export const recordPublicFile = async (tx: Tx, actor: User, ticket: Ticket): Promise<void> => {
  const isResponse = actor.role !== 'customer' && ticket.first_response_at === null
  if (isResponse) await markResponded(tx, actor.tenantId, ticket.ticket_id)
}

/**
 * Changes a locked ticket because of a public comment. The first comment of the staff is the first response. A comment
 * of the customer puts a waiting ticket back to work, and reopens a resolved one when the comment `reopens`. The event
 * names the comment, so that one mail tells of the comment and the change.
 * @throws AppError `ticket_closed` to its customer, with the hint to create a follow-up; AccountBusy as `writePlan`.
 */
export const recordReply = async (
  tx: Tx,
  act: Act<User>,
  ticket: Ticket,
  { commentId, reopens }: { commentId: string; reopens: boolean },
): Promise<void> => {
  const { actor } = act
  if (actor.role !== 'customer') {
    await markReplied(tx, actor.tenantId, ticket.ticket_id, true)
    return
  }
  refuseClosedToCustomer(actor, ticket)
  const goesOn = ticket.status === 'waiting' || ticket.status === 'resolved'
  if (!goesOn || (decidesReopening(actor, ticket) && !reopens)) {
    await markReplied(tx, actor.tenantId, ticket.ticket_id, false)
    return
  }
  await writePlan(tx, act, ticket, planChange(ticket, { status: 'in_progress' }), commentId)
}
