import type { App } from '../../../platform/app-context.ts'
import { startOver, transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { listConversation, lockConversationOf, markTicketsDeleted } from './delete-ticket.queries.ts'

/** How often the merges into the ticket may change while it is being locked. */
const attemptsAtMost = 5

/** Deletes a ticket. Answers with whether that was done: not when a ticket was merged into it before the lock. */
const deleteOnce = async (app: App, act: Act<User>, ticketId: string): Promise<boolean> => {
  const outcome = await transaction<true | typeof startOver>(app.pool, async (tx) => {
    const held = await lockConversationOf(tx, act.actor, ticketId)
    const ticket = held.find(({ ticket_number }) => ticket_number === numberOf(ticketId))
    if (ticket === undefined) throw new AppError('ticket_not_found')
    const numbers = held.map(({ ticket_number }) => ticket_number)
    const now = await listConversation(tx, act.actor, ticketId)
    // A merge locks both of its tickets, so from here on no ticket comes or goes.
    if (now.length !== numbers.length || now.some((number) => !numbers.includes(number))) return startOver
    const details = { tickets: numbers.length }
    const event = eventOf(act, 'ticket.deleted', ticketId, { version: ticket.version + 1, details })
    await markTicketsDeleted(tx, act.actor, ticketId, numbers, event)
    return true
  })
  return outcome !== startOver
}

/**
 * Takes a ticket out of every list and answer, with the tickets that are merged into it. An admin can restore them for
 * `DELETED_DAYS`. The audit keeps them, and their numbers are never given again.
 * @throws AppError `ticket_not_found`; `unavailable` when tickets are merged into it again and again.
 */
export const deleteTicket = async (app: App, act: Act<User>, ticketId: string): Promise<void> => {
  for (let attempt = 1; attempt <= attemptsAtMost; attempt += 1) {
    if (await deleteOnce(app, act, ticketId)) return
  }
  throw new AppError('unavailable')
}
