import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { type Reply, replyOn } from '../tickets/replies.policy.ts'
import { planChange } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { markResponded } from './ticket-changes.queries.ts'
import { writePlan } from './write-plan.service.ts'

/** @throws AppError `ticket_closed` to the customer of a closed ticket, with the hint to create a follow-up. */
export const refuseClosedToCustomer = (actor: User, { ticket_id, status }: Ticket): void => {
  if (actor.role !== 'customer' || status !== 'closed') return
  throw new AppError('ticket_closed', {
    detail: `${ticket_id} is closed. Create a new ticket that follows it: POST /tickets with "follow_up_of": "${ticket_id}".`,
    extra: { follow_up_of: ticket_id },
  })
}

/** Notes that a public file was attached to a locked ticket: one of the staff is a first response. */
export const recordPublicFile = async (tx: Tx, actor: User, ticket: Ticket): Promise<void> => {
  const isResponse = actor.role !== 'customer' && ticket.first_response_at === null
  if (isResponse) await markResponded(tx, actor.tenantId, ticket.ticket_id)
}

/**
 * Changes a locked ticket because of a public comment. A comment of the customer puts a waiting ticket back to work,
 * and reopens a resolved one when the comment `reopens`. The event names the comment, so that one mail tells of the
 * comment and the change.
 * @returns what the comment notes on a ticket that stays in its status.
 * @throws AppError `ticket_closed` to its customer, with the hint to create a follow-up; AccountBusy as `writePlan`.
 */
export const recordReply = async (
  tx: Tx,
  act: Act<User>,
  ticket: Ticket,
  { commentId, reopens }: { commentId: string; reopens: boolean },
): Promise<Reply | null> => {
  refuseClosedToCustomer(act.actor, ticket)
  const reply = replyOn(act.actor, ticket, reopens)
  if (reply === null) await writePlan(tx, act, ticket, planChange(ticket, { status: 'in_progress' }), commentId)
  return reply
}
