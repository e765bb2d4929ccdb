import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { lockHierarchy } from '../links/hierarchy.service.ts'
import { refuseMerged } from '../tickets/tickets.lifecycle.ts'
import type { MoveTicket, Ticket } from '../tickets/tickets.schemas.ts'
import { lockVisibleTicket } from '../tickets/tickets.service.ts'
import { refuseUnknownCustomer } from './create-ticket.service.ts'
import { hasWordsOfOthers, lockWhole, updateCustomer } from './move-ticket.queries.ts'

/**
 * What the former customer has said stays on the ticket, and the new customer will read it. An admin has to want that.
 */
const refuseUnconfirmed = async (tx: Tx, { tenantId }: User, numbers: number[], customerId: string): Promise<void> => {
  if (!(await hasWordsOfOthers(tx, tenantId, numbers, customerId))) return
  throw new AppError('move_needs_confirm', {
    detail:
      'Another customer has written public comments, has attached files, or has closed a ticket with a reason, which the ' +
      'new customer would read. Delete what the new customer must not read, and send "confirm": true.',
  })
}

/**
 * Moves a ticket to the right customer, with all tickets that are merged into it. The former customer loses sight of
 * them at once. The new customer reads of the history only what follows.
 * @throws AppError `ticket_not_found`, `ticket_merged`, `customer_unavailable`; `move_needs_confirm` when public
 * comments or files of another customer, or the reason of a closing, are on the tickets.
 */
export const moveTicket = (
  app: App,
  act: Act<User>,
  ticketId: string,
  { customer_id: customerId, confirm }: MoveTicket,
): Promise<Ticket> =>
  transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      // The hierarchy is locked before the tickets, as by a merge, so no ticket comes or goes meanwhile.
      await lockHierarchy(tx, actor.tenantId)
      const numbers = await lockWhole(tx, actor.tenantId, ticketId)
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
    },
    act.receipt,
  )
