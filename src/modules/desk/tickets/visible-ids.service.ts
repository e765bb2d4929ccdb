import { z } from 'zod'
import type { Subject } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { ticketsNamedIn, withoutTickets } from './ticket-events.policy.ts'
import { TicketId } from './tickets.schemas.ts'
import { listVisibleIds } from './visible-ids.queries.ts'

const InPath = z.object({ ticketId: TicketId })
const InAnswer = z.object({ ticket_id: TicketId })

/** Which of the tickets the actor sees, in one query. */
const findVisibleIds = async (db: Db, actor: Actor, ticketIds: string[]): Promise<ReadonlySet<string>> =>
  new Set(ticketIds.length === 0 ? [] : await listVisibleIds(db, actor, ticketIds))

/** Refuses an actor who does not see a ticket. @throws AppError `ticket_not_found`. */
export const requireVisible = async (db: Db, actor: Actor, ticketId: string): Promise<void> => {
  if (!(await findVisibleIds(db, actor, [ticketId])).has(ticketId)) throw new AppError('ticket_not_found')
}

/** Changes and details of an event of a ticket. */
interface EventParts {
  changes: Record<string, { from: unknown; to: unknown }>
  details: Record<string, unknown>
}

/** Events for an answer, without the ids of tickets that the actor does not see. Admins see every id. */
export const withoutUnseenNames = async <E extends EventParts>(db: Db, actor: Actor, events: E[]): Promise<E[]> => {
  if (actor.role === 'admin' || actor.role === 'system') return events
  const named = [...new Set(events.flatMap(ticketsNamedIn))]
  if (named.length === 0) return events
  const seen = await findVisibleIds(db, actor, named)
  return events.map((event) => ({ ...event, ...withoutTickets(event, (id) => !seen.has(id)) }))
}

/**
 * Refuses an answer about tickets that a caller does not see: the ticket in the path of the request, and the ticket in
 * the answer. @throws AppError `ticket_not_found`.
 */
export const refuseUnseenTickets = async (app: App, actor: Actor | null, { params, body }: Subject): Promise<void> => {
  const ids = [InPath.safeParse(params).data?.ticketId, InAnswer.safeParse(body).data?.ticket_id]
  const named = [...new Set(ids.filter((id) => id !== undefined))]
  if (named.length === 0 || actor === null) return
  if ((await findVisibleIds(app.pool, actor, named)).size < named.length) throw new AppError('ticket_not_found')
}
