import { z } from 'zod'
import { type Db, exec, many, nothing, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor, Technician, User } from '../../identity/accounts/actor.ts'
import { visibleActorId, visibleEvents, visibleField } from '../tickets/ticket-events.policy.ts'
import type { TicketState } from '../tickets/tickets.lifecycle.ts'
import { Ticket } from '../tickets/tickets.schemas.ts'
import { ofCategory, ticketColumns, withNames } from '../tickets/tickets.steps.ts'

/**
 * Writes the new state of a ticket, and its events; the dates of resolving and closing follow the status. A ticket that
 * is closed without being resolved has no date of resolving. The description, which may be long, is written when it
 * changed. When the staff resolve a ticket, that is a response, because its summary is mailed to the customer.
 */
export const updateTicketState = (
  tx: Tx,
  actor: Actor,
  ticketId: string,
  state: TicketState,
  events: NewEvent[],
): Promise<Ticket> => {
  const isDescribed = events.some(({ changes }) => changes.issue_description !== undefined)
  return one(
    tx,
    Ticket,
    sql`with t as (
          update tickets set
            technician_id = ${state.technician_id},
            status = ${state.status},
            priority = ${state.priority},
            issue_category = ${state.issue_category},
            subject = ${state.subject},
            ${isDescribed ? sql`issue_description = ${state.issue_description},` : nothing}
            resolution_summary = ${state.resolution_summary},
            close_reason = ${state.close_reason},
            resolved_date = case ${state.status}
              when 'resolved' then coalesce(resolved_date, now()) when 'closed' then resolved_date end,
            closed_date = case when ${state.status} = 'closed' then coalesce(closed_date, now()) end,
            first_response_at = case when ${state.status} = 'resolved' and status <> 'resolved'
              and ${actor.role} in ('admin', 'technician') then coalesce(first_response_at, now())
              else first_response_at end,
            updated_at = now(),
            version = version + 1
          where tenant_id = ${actor.tenantId} and ticket_number = ${numberOf(ticketId)}
          returning *),
        logged as (${appendEvents(events)})
        select ${ticketColumns(actor)} from t ${withNames}`,
  )
}

/**
 * Notes that a public comment was written, which leaves the version as it is. The first public comment of the staff is
 * the first response.
 */
export const markReplied = (tx: Tx, tenantId: number, ticketId: string, isResponse: boolean): Promise<number> =>
  exec(
    tx,
    sql`update tickets set updated_at = now(),
          first_response_at = case when ${isResponse} then coalesce(first_response_at, now()) else first_response_at end
        where tenant_id = ${tenantId} and ticket_number = ${numberOf(ticketId)}`,
  )

/** Notes the first response to a ticket that has none, which leaves the version as it is. */
export const markResponded = (tx: Tx, tenantId: number, ticketId: string): Promise<number> =>
  exec(
    tx,
    sql`update tickets set first_response_at = now()
        where tenant_id = ${tenantId} and ticket_number = ${numberOf(ticketId)} and first_response_at is null`,
  )

/** How many of the newest events of a ticket are looked through for the one that gave it to somebody. */
const eventsLookedThrough = 50
/** How long after that a technician who came too late is told so. */
const lateMinutes = 10

/**
 * Whether a ticket was there for a technician to take a moment ago, and a colleague has it now: it was unassigned, of
 * the technician's category and not merged, then it was assigned, and it is of that category still. A ticket that had
 * a technician from its creation on was never there to take. Who has had the ticket since is not late.
 */
export const wasTakeableLately = async (db: Db, actor: Technician, ticketId: string): Promise<boolean> => {
  const found = await exec(
    db,
    sql`select from tickets t
        where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)} and t.deleted_at is null
          and t.merged_into_number is null and t.technician_id <> ${actor.accountId} and ${ofCategory(actor.category)}
          and exists (
            select from (
              select newest.*, max(newest.event_id) filter (where newest.changes ? 'issue_category') over ()
                as categorized_by,
                max(newest.event_id) filter (
                  where newest.changes -> 'technician_id' ->> 'from' = ${actor.accountId}) over () as lost_by
              from (
                select e.event_id, e.type, e.changes, e.occurred_at from events e
                where e.tenant_id = t.tenant_id and e.subject_id = t.ticket_id
                order by e.event_id desc limit ${eventsLookedThrough}) newest) e
            where e.type = 'ticket.assigned' and e.changes -> 'technician_id' -> 'from' = 'null'
              and e.occurred_at > greatest(t.raised_date, now() - make_interval(mins => ${lateMinutes}))
              and (e.categorized_by is null or e.categorized_by < e.event_id)
              and (e.lost_by is null or e.lost_by < e.event_id))`,
  )
  return found > 0
}

const MemberChange = z.object({ field: z.string(), by: z.string().nullable(), version: z.int() })

/**
 * Who last changed each member of a ticket after the given version, of what the actor may read. Customers read no
 * sign-in name of an admin.
 */
export const listChangesSince = (
  db: Db,
  actor: User,
  ticketId: string,
  version: number,
): Promise<z.output<typeof MemberChange>[]> =>
  many(
    db,
    MemberChange,
    sql`select distinct on (m.field) m.field, ${visibleActorId(actor)} as by, e.subject_version as version
        from events e
        join tickets t on t.tenant_id = e.tenant_id and t.ticket_number = ${numberOf(ticketId)}
        cross join lateral jsonb_object_keys(e.changes) as m (field)
        where e.tenant_id = ${actor.tenantId} and e.subject_id = ${ticketId} and e.subject_version > ${version}
          and ${visibleEvents(actor)} and ${visibleField(actor, sql`m.field`)}
        order by m.field, e.subject_version desc, e.event_id desc`,
  )
