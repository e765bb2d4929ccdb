import { z } from 'zod'
import { allOf, type Db, exec, many, maybeOne, one, planned, type Sql, sql, type Tx } from '../../platform/db/sql.ts'
import type { PageRequest } from '../../platform/paging.ts'
import { numberOf } from '../../platform/schemas.ts'
import type { Act, Actor, User } from '../auth/actor.ts'
import type { TicketState } from './tickets.lifecycle.ts'
import { visibleTags, visibleTickets } from './tickets.policy.ts'
import { Ticket, type TicketFilter, type TicketKey, type TicketSort } from './tickets.schemas.ts'

/** What every answer shows of a ticket `t`, but for its tags. */
export const commonColumns = sql`t.ticket_id, t.subject, t.issue_category, t.issue_description, t.priority, t.status,
  t.customer_id, c.name as customer_name, t.technician_id, w.name as technician_name, t.resolution_summary,
  t.raised_date, t.updated_at, t.first_response_at, t.resolved_date, t.closed_date,
  public_id('TKT', t.follow_up_of_number) as follow_up_of, public_id('TKT', t.merged_into_number) as merged_into,
  t.version`

/** What an answer shows of a ticket `t` to an actor. */
export const ticketColumns = (actor: Actor): Sql => sql`${commonColumns}, ${visibleTags(actor)} as tags`

/** The names that go with a ticket, whatever it is selected from as `t`. */
export const withNames = sql`
  join accounts c on c.tenant_id = t.tenant_id and c.account_id = t.customer_id
  left join accounts w on w.tenant_id = t.tenant_id and w.account_id = t.technician_id`

export const findTicket = (db: Db, actor: Actor, ticketId: string): Promise<Ticket | null> =>
  maybeOne(
    db,
    Ticket,
    sql`select ${ticketColumns(actor)} from tickets t ${withNames}
        where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)} and ${visibleTickets(actor)}`,
  )

/**
 * Locks a ticket that the actor sees, for a change. First the lock, then the names: whoever had to wait for it would
 * otherwise see the new technician with the name of the one before. The lock leaves the row's key free, which a foreign
 * key of what is written about the ticket holds: a follow-up is raised while somebody changes what it goes on from.
 */
export const lockTicket = (tx: Tx, actor: Actor, ticketId: string): Promise<Ticket | null> =>
  maybeOne(
    tx,
    Ticket,
    sql`with t as (
          select t.* from tickets t
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)} and ${visibleTickets(actor)}
          for no key update)
        select ${ticketColumns(actor)} from t ${withNames}`,
  )

/** Writes a ticket's new state; the dates of resolving and closing follow its status. */
export const updateTicketState = (tx: Tx, actor: Actor, ticketId: string, state: TicketState): Promise<Ticket> =>
  one(
    tx,
    Ticket,
    sql`with t as (
          update tickets set
            technician_id = ${state.technician_id},
            status = ${state.status},
            priority = ${state.priority},
            issue_category = ${state.issue_category},
            subject = ${state.subject},
            resolution_summary = ${state.resolution_summary},
            resolved_date = case when ${state.status} in ('resolved', 'closed') then coalesce(resolved_date, now()) end,
            closed_date = case when ${state.status} = 'closed' then coalesce(closed_date, now()) end,
            updated_at = now(),
            version = version + 1
          where tenant_id = ${actor.tenantId} and ticket_number = ${numberOf(ticketId)}
          returning *)
        select ${ticketColumns(actor)} from t ${withNames}`,
  )

/** A comment leaves the version as it is; the first response is the first that the staff lets the customer read. */
export const markReplied = (tx: Tx, tenantId: number, ticketId: string, isResponse: boolean): Promise<number> =>
  exec(
    tx,
    sql`update tickets set updated_at = now(),
          first_response_at = case when ${isResponse} then coalesce(first_response_at, now()) else first_response_at end
        where tenant_id = ${tenantId} and ticket_number = ${numberOf(ticketId)}`,
  )

const DeletedTicket = z.object({ ticket_id: z.string(), version: z.int() })

/**
 * Takes a ticket, which is locked, out of every answer. Its tags are counted no more: what is counted is read after the
 * lock, or a tag that came while this waited would be missed; and the tags are held in order, since whoever deletes another
 * ticket may hold some of the same. Its links go: nobody could take away a parent that is not there.
 */
export const markTicketDeleted = (tx: Tx, actor: User, ticketId: string): Promise<z.output<typeof DeletedTicket>> =>
  one(
    tx,
    DeletedTicket,
    sql`with deleted as (
          update tickets t set deleted_at = now(), updated_at = now(), version = t.version + 1
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)}
          returning t.ticket_id, t.version, t.tags),
        held as (
          select g.tag from tags g
          where g.tenant_id = ${actor.tenantId} and g.tag = any (array(select unnest(d.tags) from deleted d))
          order by g.tag for update),
        counted as (
          update tags g set ticket_count = g.ticket_count - 1
          from held h where g.tenant_id = ${actor.tenantId} and g.tag = h.tag),
        unlinked as (
          delete from ticket_links l
          where l.tenant_id = ${actor.tenantId}
            and (l.ticket_number = ${numberOf(ticketId)} or l.other_number = ${numberOf(ticketId)}))
        select d.ticket_id, d.version from deleted d`,
  )

const Change = z.object({ field: z.string(), by: z.string(), version: z.int() })

/** Who last changed each member of a ticket after the given version. */
export const listChangesSince = (
  db: Db,
  tenantId: number,
  ticketId: string,
  version: number,
): Promise<z.output<typeof Change>[]> =>
  many(
    db,
    Change,
    sql`select distinct on (m.field) m.field, coalesce(e.actor_id, 'system') as by, e.subject_version as version
        from events e cross join lateral jsonb_object_keys(e.changes) as m (field)
        where e.tenant_id = ${tenantId} and e.subject_id = ${ticketId} and e.subject_version > ${version}
        order by m.field, e.subject_version desc, e.event_id desc`,
  )

/** Each order of a list: what a cursor remembers beside the number, and the SQL that compares and sorts by it. */
const orders: Record<TicketSort, { column: Sql; type: Sql; descending: boolean }> = {
  '-raised_date': { column: sql`t.raised_date`, type: sql`timestamptz`, descending: true },
  raised_date: { column: sql`t.raised_date`, type: sql`timestamptz`, descending: false },
  '-updated_at': { column: sql`t.updated_at`, type: sql`timestamptz`, descending: true },
  '-priority': { column: sql`t.priority_rank`, type: sql`smallint`, descending: true },
}

const conditionsOf = (filter: TicketFilter): Sql[] => {
  const { status, priority, issue_category, technician_id, customer_id, raised_from, raised_to, q, merged, tag } =
    filter
  const conditions = [merged === true ? sql`t.merged_into_number is not null` : sql`t.merged_into_number is null`]
  if (status !== undefined) conditions.push(sql`t.status = any (${status}::text[])`)
  if (priority !== undefined) conditions.push(sql`t.priority = ${priority}`)
  if (issue_category !== undefined) conditions.push(sql`lower(t.issue_category) = lower(${issue_category})`)
  if (technician_id === 'none') conditions.push(sql`t.technician_id is null`)
  else if (technician_id !== undefined) conditions.push(sql`t.technician_id = ${technician_id}`)
  if (customer_id !== undefined) conditions.push(sql`t.customer_id = ${customer_id}`)
  if (raised_from !== undefined) conditions.push(sql`t.raised_date >= ${raised_from}::timestamptz`)
  if (raised_to !== undefined) conditions.push(sql`t.raised_date < ${raised_to}::timestamptz`)
  // The second half is what the index is about; without it PostgreSQL would not know that it may be used.
  if (tag !== undefined) conditions.push(sql`t.tags @> array[${tag}]::text[] and t.tags <> '{}'`)
  if (q !== undefined) conditions.push(sql`t.search @@ websearch_to_tsquery('english', ${q})`)
  return conditions
}

/** One more than `limit` of the tickets that the actor sees, after the cursor's key. */
export const listTickets = (
  db: Db,
  actor: Actor,
  filter: TicketFilter,
  sort: TicketSort,
  { limit, after }: PageRequest<TicketKey>,
): Promise<Ticket[]> => {
  const { column, type, descending } = orders[sort]
  const conditions = [sql`t.tenant_id = ${actor.tenantId}`, visibleTickets(actor), ...conditionsOf(filter)]
  if (after !== null) {
    const [value, number] = after
    const key = sql`(${value}::${type}, ${number}::bigint)`
    conditions.push(
      descending ? sql`(${column}, t.ticket_number) < ${key}` : sql`(${column}, t.ticket_number) > ${key}`,
    )
  }
  const direction = descending ? sql`desc` : sql`asc`
  const statement = sql`select ${ticketColumns(actor)} from tickets t ${withNames}
    where ${allOf(conditions)}
    order by ${column} ${direction}, t.ticket_number ${direction}
    limit ${limit + 1}`
  const hangsOnValues = filter.q !== undefined || filter.tag !== undefined
  return many(db, Ticket, hangsOnValues ? planned(statement) : statement)
}

/** Gives back the unresolved tickets of a technician, with the news of each. */
export const unassignTicketsOf = (tx: Tx, act: Act<User>, technicianId: string): Promise<number> =>
  exec(
    tx,
    sql`with before as (
          select t.ticket_number, t.status from tickets t
          where t.tenant_id = ${act.actor.tenantId} and t.technician_id = ${technicianId}
            and t.status not in ('resolved', 'closed') and t.deleted_at is null
          order by t.ticket_number for no key update),
        freed as (
          update tickets t set technician_id = null, status = 'new', updated_at = now(), version = t.version + 1
          from before b
          where t.tenant_id = ${act.actor.tenantId} and t.ticket_number = b.ticket_number
          returning t.ticket_id, t.version, b.status as status_before)
        insert into events (tenant_id, type, subject_id, subject_version, actor_id, actor_role, changes, request_id)
        select ${act.actor.tenantId}, 'ticket.unassigned', f.ticket_id, f.version, ${act.actor.accountId},
          ${act.actor.role},
          jsonb_build_object(
            'technician_id', jsonb_build_object('from', ${technicianId}::text, 'to', null),
            'status', jsonb_build_object('from', f.status_before, 'to', 'new')),
          ${act.requestId}
        from freed f`,
  )
