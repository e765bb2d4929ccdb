import type { Tx } from '../../platform/db/sql.ts'
import { AppError } from '../../platform/errors.ts'
import { insertEvents } from '../../platform/events/events.ts'
import type { Act, User } from '../auth/actor.ts'
import type { Plan } from './tickets.lifecycle.ts'
import { lockTicket, updateTicketState } from './tickets.queries.ts'
import type { Ticket } from './tickets.schemas.ts'

/** Locks a ticket that the actor sees. @throws AppError `ticket_not_found`. */
export const lockVisibleTicket = async (tx: Tx, actor: User, ticketId: string): Promise<Ticket> => {
  const ticket = await lockTicket(tx, actor, ticketId)
  if (ticket === null) throw new AppError('ticket_not_found')
  return ticket
}

/** Writes what was planned for a ticket, which the caller has locked, with its news. */
export const writePlan = async (
  tx: Tx,
  { actor, requestId }: Act<User>,
  ticketId: string,
  { state, news }: Plan,
  details: Record<string, unknown> = {},
): Promise<Ticket> => {
  const changed = await updateTicketState(tx, actor, ticketId, state)
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
      details,
      requestId,
    })),
  )
  return changed
}
