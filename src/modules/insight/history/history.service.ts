import type { App } from '../../../platform/app-context.ts'
import { shownDetails } from '../../../platform/events/blanking.ts'
import { fitPage } from '../../../platform/page-budget.ts'
import { invalidCursor, type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import { openNumber, sealNumber } from '../../../platform/secrets.ts'
import { peopleNamedIn, visibleParts } from '../../desk/tickets/ticket-events.policy.ts'
import { getTicket } from '../../desk/tickets/tickets.service.ts'
import { withoutUnseenNames } from '../../desk/tickets/visible-ids.service.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { listEventsOfTicket, type TicketEvent } from './history.queries.ts'
import type { HistoryEntry, HistorySort } from './history.schemas.ts'
import { withNamesInHistory } from './people-names.service.ts'

/**
 * The order of the cursors of each sort: entries are listed in the order in which they were written, or the other way
 * round. A cursor holds the id of the last entry of its page.
 */
export const historyOrders: Record<HistorySort, string> = { occurred_at: 'history', '-occurred_at': '-history' }

const actorOf = (reader: User, { actor_id: id, actor_name: name, actor_role: role }: TicketEvent) => {
  if (role === 'system') return null
  return { id: reader.role === 'customer' && role === 'admin' ? null : id, name: name ?? '', role }
}

/**
 * A page of the events of a ticket, and of the tickets that are merged into it, that the actor may read, oldest or
 * newest first. The numbers of events are sealed, because they would tell how much else happens in this tenant and in
 * others.
 * @throws AppError `ticket_not_found`, also when the actor may not see it; `invalid_cursor`.
 */
export const listHistory = async (
  app: App,
  actor: User,
  ticketId: string,
  sort: HistorySort,
  { limit, after }: PageRequest<string>,
): Promise<PageOf<HistoryEntry>> => {
  const key = app.secrets.numbers
  const afterEvent = after === null ? null : openNumber(key, actor.tenantId, after)
  if (after !== null && afterEvent === null) throw invalidCursor()
  const events = await listEventsOfTicket(app.pool, actor, ticketId, sort, { limit, after: afterEvent })
  // An empty page comes after the end, or belongs to a ticket that the actor does not see.
  if (events.length === 0) await getTicket(app, actor, ticketId)
  const entries = events.map((event) => ({
    history_id: sealNumber(key, actor.tenantId, event.event_id),
    ticket_id: event.ticket_id,
    type: event.type,
    occurred_at: event.occurred_at,
    actor: actorOf(actor, event),
    ...visibleParts(actor, { ...event, details: shownDetails(event.details) }),
  }))
  const found = pageOf(entries, { limit }, historyOrders[sort], ({ history_id }) => history_id)
  const seen = await withoutUnseenNames(app.pool, actor, found.rows)
  const rows = await withNamesInHistory(app.pool, actor, ticketId, seen, peopleNamedIn)
  return { ...found, rows: fitPage(rows, ['changes', 'details']) }
}
