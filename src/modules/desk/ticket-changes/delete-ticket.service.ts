import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { lockHierarchy } from '../links/hierarchy.service.ts'
import { getFinalTarget } from '../tickets/conversations.service.ts'
import { seenBy } from '../tickets/tickets.policy.ts'
import { getTicketIn } from '../tickets/tickets.service.ts'
import { lockWithMergedInto, markTicketsDeleted } from './delete-ticket.queries.ts'

/**
 * Takes a ticket out of every list and answer, with the tickets that are merged into it. An admin can restore them for
 * `deleted_days`. The audit keeps them, and their numbers are never given again.
 * @throws AppError `ticket_not_found`.
 */
export const deleteTicket = (app: App, act: Act<User>, ticketId: string): Promise<void> =>
  transaction(
    app.pool,
    async (tx) => {
      // The hierarchy is locked before the tickets, as by a merge, so no ticket comes or goes meanwhile.
      await lockHierarchy(tx, act.actor.tenantId)
      const held = await lockWithMergedInto(tx, act.actor, ticketId)
      const ticket = held.find(({ ticket_number }) => ticket_number === numberOf(ticketId))
      if (ticket === undefined) throw new AppError('ticket_not_found')
      const numbers = held.map(({ ticket_number }) => ticket_number)
      const finalTarget = await getFinalTarget(tx, act.actor.tenantId, ticketId)
      const details = { tickets: numbers.length, ...seenBy(await getTicketIn(tx, act.actor, finalTarget)) }
      const event = eventOf(act, 'ticket.deleted', ticketId, { version: ticket.version + 1, details })
      await markTicketsDeleted(tx, act.actor, ticketId, numbers, event)
    },
    act.receipt,
  )
