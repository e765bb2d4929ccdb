import { z } from 'zod'
import { ActorRole } from '../../../contract/enums.ts'
import { ChangeList, Details } from '../../../contract/events.ts'
import { type Db, many, sql } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf, timestamp } from '../../../platform/schemas.ts'
import { visibleEvents } from '../../desk/tickets/ticket-events.policy.ts'
import { visibleTickets } from '../../desk/tickets/tickets.policy.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { User } from '../../identity/accounts/actor.ts'

const TicketEvent = z.object({
  event_id: z.int(),
  type: z.string(),
  occurred_at: timestamp,
  actor_id: z.string().nullable(),
  actor_name: z.string().nullable(),
  actor_role: ActorRole,
  changes: ChangeList,
  details: Details,
})
export type TicketEvent = z.output<typeof TicketEvent>

/**
 * One more than `limit` of the events of a ticket that the actor may read, oldest first, with or without a position.
 */
export const listEventsOfTicket = (
  db: Db,
  actor: User,
  ticketId: string,
  { limit, after }: PageRequest<number>,
): Promise<TicketEvent[]> =>
  many(
    db,
    TicketEvent,
    sql`select e.event_id, e.type, e.occurred_at, e.actor_id, a.name as actor_name, e.actor_role, e.changes,
          e.details
        from tickets t
        join events e on e.tenant_id = t.tenant_id and e.subject_id = ${ticketId}
        ${withAccountOfEach(sql`e.tenant_id`, sql`e.actor_id`)}
        where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)} and ${visibleTickets(actor)}
          and e.event_id > ${after ?? 0} and ${visibleEvents(actor)}
        order by e.event_id limit ${limit + 1}`,
  )
