import type { Tx } from '../../platform/db/sql.ts'
import { AppError } from '../../platform/errors.ts'
import type { Act, User } from '../auth/actor.ts'
import { writePlan } from './changes.service.ts'
import { planChange } from './tickets.lifecycle.ts'
import { markReplied } from './tickets.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

const refuseClosed = ({ ticket_id }: Ticket): never => {
  throw new AppError('ticket_closed', {
    detail: `${ticket_id} is closed. Raise a new ticket that goes on from it: POST /tickets with "follow_up_of": "${ticket_id}".`,
    extra: { follow_up_of: ticket_id },
  })
}

/**
 * What a public comment does to its ticket, which the caller has locked. The staff's first is the first response. A
 * customer's puts a waiting ticket back to work and reopens a resolved one; that news names the comment, which tells it.
 * @throws AppError `ticket_closed` to its customer, with the hint to raise a follow-up.
 */
export const recordReply = async (tx: Tx, act: Act<User>, ticket: Ticket, commentId: string): Promise<void> => {
  const { actor } = act
  if (actor.role !== 'customer') {
    await markReplied(tx, actor.tenantId, ticket.ticket_id, true)
    return
  }
  if (ticket.status === 'closed') refuseClosed(ticket)
  const goesOn = ticket.status === 'waiting' || ticket.status === 'resolved'
  if (!goesOn) {
    await markReplied(tx, actor.tenantId, ticket.ticket_id, false)
    return
  }
  await writePlan(tx, act, ticket.ticket_id, planChange(ticket, { status: 'in_progress' }), { comment_id: commentId })
}
