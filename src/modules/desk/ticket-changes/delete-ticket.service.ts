import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { lockVisibleTicket } from '../tickets/tickets.service.ts'
import { listMergedInto, markTicketDeleted } from './delete-ticket.queries.ts'

/** How many tickets a refusal names. */
const namedAtMost = 20

/** Asked with the ticket's row locked, so nothing can be merged into the ticket afterwards. */
const refuseMergedInto = async (tx: Tx, actor: User, ticketId: string): Promise<void> => {
  const merged = await listMergedInto(tx, actor.tenantId, ticketId, namedAtMost)
  if (merged.length === 0) return
  throw new AppError('ticket_has_merged', {
    detail: `Undo the merges first: ${merged.join(', ')} into ${ticketId}.`,
    errors: merged.map((id) => ({ field: id, message: `is merged into ${ticketId}`, code: 'merged' })),
  })
}

/**
 * Takes a ticket out of every list and answer; the audit keeps it and its number is never given again.
 * @throws AppError `ticket_not_found`; `ticket_has_merged`, because the conversation of the merged tickets would be
 * lost, too.
 */
export const deleteTicket = (app: App, act: Act<User>, ticketId: string): Promise<void> =>
  transaction(app.pool, async (tx) => {
    const { version } = await lockVisibleTicket(tx, act.actor, ticketId)
    await refuseMergedInto(tx, act.actor, ticketId)
    const event = eventOf(act, 'ticket.deleted', ticketId, { version: version + 1 })
    await markTicketDeleted(tx, act.actor, ticketId, event)
  })
