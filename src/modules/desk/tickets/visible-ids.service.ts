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

/**
 * Tickets for an answer: `merged_into` is null where the actor does not see that ticket. Admins see all tickets that are
 * merged into, because a ticket that is there is never merged into a deleted one.
 */
export const withoutUnseenTargets = async <T extends { merged_into: string | null }>(
  db: Db,
  actor: Actor,
  tickets: T[],
): Promise<T[]> => {
  if (actor.role === 'admin' || actor.role === 'system') return tickets
  const targets = tickets.flatMap(({ merged_into }) => merged_into ?? [])
  if (targets.length === 0) return tickets
  const seen = await findVisibleIds(db, actor, targets)
  return tickets.map((ticket) =>
    ticket.merged_into === null || seen.has(ticket.merged_into) ? ticket : { ...ticket, merged_into: null },
  )
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
