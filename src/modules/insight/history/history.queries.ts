import { z } from 'zod'
import { ActorRole } from '../../../contract/enums.ts'
import { ChangeList, Details } from '../../../contract/event-parts.ts'
import { type Db, many, sql } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf, timestamp } from '../../../platform/schemas.ts'
import { isTakenBack, visibleEvents } from '../../desk/tickets/ticket-events.policy.ts'
import { visibleTickets } from '../../desk/tickets/tickets.policy.ts'
import { conversationAt } from '../../desk/tickets/tickets.steps.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { User } from '../../identity/accounts/actor.ts'
import type { HistorySort } from './history.schemas.ts'

const TicketEvent = z.object({
  event_id: z.int(),
  ticket_id: z.string(),
  type: z.string(),
  occurred_at: timestamp,
  actor_id: z.string().nullable(),
  actor_name: z.string().nullable(),
  actor_role: ActorRole,
  changes: ChangeList,
  details: Details,
  is_taken_back: z.boolean(),
})
export type TicketEvent = z.output<typeof TicketEvent>

/**
 * One more than `limit` of the events of a ticket and of the tickets merged into it that the actor may read, oldest
 * or newest first, with or without a position. At most that many are read of each ticket, by an index.
 */
export const listEventsOfTicket = (
  db: Db,
  actor: User,
  ticketId: string,
  sort: HistorySort,
  { limit, after }: PageRequest<number>,
): Promise<TicketEvent[]> => {
  const [direction, beyond] = sort === 'occurred_at' ? [sql`asc`, sql`>`] : [sql`desc`, sql`<`]
  const isAfter = after === null ? sql`true` : sql`e.event_id ${beyond} ${after}`
  return many(
    db,
    TicketEvent,
    sql`select e.event_id, e.subject_id as ticket_id, e.type, e.occurred_at, e.actor_id, a.name as actor_name,
          e.actor_role, e.changes, e.details, ${isTakenBack} as is_taken_back
        from (
          select e.* from tickets t
          cross join lateral (${conversationAt(sql`t.tenant_id`, sql`t.ticket_number`)}) c
          cross join lateral (
            select e.* from events e
            where e.tenant_id = t.tenant_id and e.subject_id = public_id('TKT', c.ticket_number)
              and ${isAfter} and ${visibleEvents(actor)}
            order by e.event_id ${direction} limit ${limit + 1}) e
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)} and ${visibleTickets(actor)}
          order by e.event_id ${direction} limit ${limit + 1}) e
        ${withAccountOfEach(sql`e.tenant_id`, sql`e.actor_id`)}
        order by e.event_id ${direction}`,
  )
}
