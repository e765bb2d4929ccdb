import { z } from 'zod'
import { type Db, exec, many, nothing, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor, Technician, User } from '../../identity/accounts/actor.ts'
import { visibleActorId, visibleEvents, visibleField } from '../tickets/ticket-events.policy.ts'
import type { TicketState } from '../tickets/tickets.lifecycle.ts'
import { Ticket } from '../tickets/tickets.schemas.ts'
import { ofCategory, ticketColumns, withNames } from '../tickets/tickets.steps.ts'

/** What is written on a locked ticket: its new state, and the events. */
export interface TicketWrite {
  ticketId: string
  state: TicketState
  events: NewEvent[]
}

/** Whether the words of a ticket change, which are searched. */
const isReworded = ({ events }: TicketWrite): boolean =>
  events.some(({ changes }) => changes.subject !== undefined || changes.issue_description !== undefined)

/**
 * Writes the new states of tickets that one actor changes, or several whose answers have the same columns, and their
 * events; the dates of resolving and closing follow the status. A ticket that is closed without being resolved has no
 * date of resolving. The subject and the description, which may be long and are searched, are written when they
 * changed. When the staff resolve a ticket, that is a response, because its summary is mailed to the customer.
 * @returns the tickets in the order of `writes`.
 */
export const updateTicketStates = async (tx: Tx, actor: Actor, writes: TicketWrite[]): Promise<Ticket[]> => {
  const column = <Name extends keyof TicketState>(name: Name): TicketState[Name][] =>
    writes.map(({ state }) => state[name])
  // The tickets are found by their numbers alone: where most tenants are small, a join would read all of the tenant.
  const numbers = writes.map(({ ticketId }) => numberOf(ticketId))
  const descriptions = writes.map(({ state, events }) =>
    events.some(({ changes }) => changes.issue_description !== undefined) ? state.issue_description : null,
  )
  const words = sql`subject = w.subject, issue_description = coalesce(w.issue_description, k.issue_description),`
  const tickets = await many(
    tx,
    Ticket,
    sql`with t as (
          update tickets k set
            technician_id = w.technician_id,
            status = w.status,
            priority = w.priority,
            issue_category = w.issue_category,
            ${writes.some(isReworded) ? words : nothing}
            resolution_summary = w.resolution_summary,
            close_reason = w.close_reason,
            resolved_date = case w.status
              when 'resolved' then coalesce(k.resolved_date, now()) when 'closed' then k.resolved_date end,
            closed_date = case when w.status = 'closed' then coalesce(k.closed_date, now()) end,
            first_response_at = case when w.status = 'resolved' and k.status <> 'resolved'
              and ${actor.role} in ('admin', 'technician') then coalesce(k.first_response_at, now())
              else k.first_response_at end,
            updated_at = now(),
            version = k.version + 1
          from unnest(${numbers}::bigint[],
            ${column('technician_id')}::text[], ${column('status')}::text[], ${column('priority')}::text[],
            ${column('issue_category')}::text[], ${column('subject')}::text[], ${descriptions}::text[],
            ${column('resolution_summary')}::text[], ${column('close_reason')}::text[])
            as w (ticket_number, technician_id, status, priority, issue_category, subject, issue_description,
              resolution_summary, close_reason)
          where k.tenant_id = ${actor.tenantId} and k.ticket_number = any (${numbers}::bigint[])
            and k.ticket_number = w.ticket_number
          returning k.*),
        logged as (${appendEvents(writes.flatMap(({ events }) => events))})
        select ${ticketColumns(actor)} from t ${withNames}`,
  )
  const byId = new Map(tickets.map((ticket) => [ticket.ticket_id, ticket]))
  return writes.map(({ ticketId }) => {
    const ticket = byId.get(ticketId)
    if (ticket === undefined) throw new Error(`${ticketId} is locked, and was not written`)
    return ticket
  })
}

/** As `updateTicketStates`, for one ticket. */
export const updateTicketState = async (tx: Tx, actor: Actor, write: TicketWrite): Promise<Ticket> => {
  const [ticket] = await updateTicketStates(tx, actor, [write])
  return ticket as Ticket
}

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
