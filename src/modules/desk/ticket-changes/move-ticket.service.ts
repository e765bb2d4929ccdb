import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { startOver, transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { refuseMerged } from '../tickets/tickets.lifecycle.ts'
import type { MoveTicket, Ticket } from '../tickets/tickets.schemas.ts'
import { lockVisibleTicket } from '../tickets/tickets.service.ts'
import { refuseUnknownCustomer } from './create-ticket.service.ts'
import { hasWordsOfOthers, listConversation, lockConversation, updateCustomer } from './move-ticket.queries.ts'

/** How often the tickets that are merged into the ticket may change while they are being locked. */
const attemptsAtMost = 5

/**
 * Locks the ticket with all that is merged into it. Answers with their numbers, or null when a merge was made or undone
 * before all locks were granted. Afterwards none can be made or undone, because each locks one of these tickets.
 */
const lockWhole = async (tx: Tx, { tenantId }: User, ticketId: string): Promise<number[] | null> => {
  const locked = await lockConversation(tx, tenantId, ticketId)
  const now = await listConversation(tx, tenantId, ticketId)
  return locked.join() === now.join() ? locked : null
}

/** What the former customer has said stays on the ticket, and the new customer will read it. An admin has to want that. */
const refuseUnconfirmed = async (tx: Tx, { tenantId }: User, numbers: number[], customerId: string): Promise<void> => {
  if (!(await hasWordsOfOthers(tx, tenantId, numbers, customerId))) return
  throw new AppError('move_needs_confirm', {
    detail:
      'Another customer has written public comments, or has attached files, which the new customer would read. ' +
      'Delete what the new customer must not read, and send "confirm": true.',
  })
}

const moveIn = async (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  { customer_id: customerId, confirm }: MoveTicket,
): Promise<Ticket | typeof startOver> => {
  const { actor } = act
  const numbers = await lockWhole(tx, actor, ticketId)
  if (numbers === null) return startOver
  const ticket = await lockVisibleTicket(tx, actor, ticketId)
  refuseMerged(ticket)
  await refuseUnknownCustomer(tx, actor.tenantId, customerId)
  if (ticket.customer_id === customerId) return ticket
  if (confirm !== true) await refuseUnconfirmed(tx, actor, numbers, customerId)
  const event = eventOf(act, 'ticket.moved', ticketId, {
    version: ticket.version + 1,
    changes: { customer_id: { from: ticket.customer_id, to: customerId } },
  })
  return updateCustomer(tx, actor, ticketId, numbers, customerId, event)
}

/**
 * Moves a ticket to the right customer, with all tickets that are merged into it. The former customer loses sight of
 * them at once. The new customer reads of the history only what follows.
 * @throws AppError `ticket_not_found`, `ticket_merged`, `customer_unavailable`; `move_needs_confirm` when public comments
 * or files of another customer are on the tickets; `unavailable` when tickets are merged into it again and again
 * meanwhile.
 */
export const moveTicket = async (app: App, act: Act<User>, ticketId: string, move: MoveTicket): Promise<Ticket> => {
  for (let attempt = 1; attempt <= attemptsAtMost; attempt += 1) {
    const outcome = await transaction(app.pool, (tx) => moveIn(tx, act, ticketId, move), act.receipt)
    if (outcome !== startOver) return outcome
  }
  throw new AppError('unavailable')
}
