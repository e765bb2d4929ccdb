import type { Tx } from '../../platform/db/sql.ts'
import { AppError } from '../../platform/errors.ts'
import { insertEvents } from '../../platform/events/events.ts'
import type { Act, User } from '../auth/actor.ts'
import { planChange } from './tickets.lifecycle.ts'
import { lockTicket, markReplied, updateTicketState } from './tickets.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

/** Locks a ticket that the actor sees. @throws AppError `ticket_not_found`. */
export const lockVisibleTicket = async (tx: Tx, actor: User, ticketId: string): Promise<Ticket> => {
  const ticket = await lockTicket(tx, actor, ticketId)
  if (ticket === null) throw new AppError('ticket_not_found')
  return ticket
}

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
  const { actor, requestId } = act
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
  const { state, news } = planChange(ticket, { status: 'in_progress' })
  const changed = await updateTicketState(tx, actor, ticket.ticket_id, state)
  await insertEvents(
    tx,
    news.map(({ type, changes }) => ({
      tenantId: actor.tenantId,
      type,
      subjectId: changed.ticket_id,
      subjectVersion: changed.version,
      actorId: actor.accountId,
      actorRole: actor.role,
      changes,
      details: { comment_id: commentId },
      requestId,
    })),
  )
}
