import { Status } from '../../../contract/enums.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { openTicketsAtMost } from '../../identity/technicians/technicians.schemas.ts'
import { isSameCategory } from '../../identity/technicians/technicians.steps.ts'
import type { Counter } from '../../identity/tenants/counters.steps.ts'
import { isUnresolved } from './tickets.lifecycle.ts'
import { visibleFollowUpOf, visibleTags } from './tickets.policy.ts'

/** The counter of tickets, and what it numbers. */
export const ticketCounter: Counter = {
  name: 'ticket',
  constraints: ['tickets_pkey'],
  highest: (tenantId) => sql`select max(n.ticket_number) as number from tickets n where n.tenant_id = ${tenantId}`,
}

const columnsWith = (followUpOf: Sql): Sql => sql`t.ticket_id, t.subject, t.issue_category, t.issue_description,
  t.priority, t.status, t.customer_id, c.name as customer_name, t.technician_id, w.name as technician_name,
  t.resolution_summary, t.raised_date, t.updated_at, t.first_response_at, t.resolved_date, t.closed_date, t.close_reason, t.source,
  ${followUpOf} as follow_up_of, public_id('TKT', t.merged_into_number) as merged_into, t.version`

/** The tickets that are merged into a ticket `t`, in the order of their numbers. Whoever sees `t` sees them. */
const mergedTickets = sql`array(
  select m.ticket_id from tickets m
  where m.tenant_id = t.tenant_id and m.final_target_number = t.ticket_number and m.deleted_at is null
  order by m.ticket_number) as merged_tickets`

/** The columns of a new ticket `t`, without its tags. Who creates a ticket sees the ticket that it follows. */
export const commonColumns = columnsWith(sql`public_id('TKT', t.follow_up_of_number)`)

/** The columns of an answer to an actor, for a ticket `t`. */
export const ticketColumns = (actor: Actor): Sql =>
  sql`${columnsWith(visibleFollowUpOf(actor))}, ${mergedTickets}, ${visibleTags(actor)} as tags`

/**
 * The joins that give a ticket `t` the names of its customer and technician. `t` may be a table or a step. They look up
 * one account after the other. The planner knows neither how long a list is nor how many accounts a tenant has, and
 * could read all accounts for a plain join. For parts with a limit it does not.
 */
export const withNames = sql`
  cross join lateral (
    select a.name from accounts a where a.tenant_id = t.tenant_id and a.account_id = t.customer_id limit 1) c
  left join lateral (
    select a.name from accounts a where a.tenant_id = t.tenant_id and a.account_id = t.technician_id limit 1) w on true`

/**
 * The numbers of a ticket and of all tickets that are merged into it, directly or through others, without deleted ones:
 * a query of one column, for use in parentheses. Of a ticket that is merged itself: its own number only, because its
 * conversation is read at its final target. All of them belong to one customer; there are a hundred at most.
 */
export const conversationOf = (tenantId: number, ticketNumber: number): Sql =>
  conversationAt(sql`${tenantId}`, sql`${ticketNumber}::bigint`)

/** As `conversationOf`, of a ticket that another part of the query names. */
export const conversationAt = (tenantId: Sql, ticketNumber: Sql): Sql => sql`
  select ${ticketNumber} as ticket_number
  union all
  select m.ticket_number from tickets m
  where m.tenant_id = ${tenantId} and m.final_target_number = ${ticketNumber} and m.deleted_at is null`

/**
 * The numbers of the whole conversation that a ticket belongs to, merged or not, without deleted tickets:
 * `ticket_number`, and `final_target_number`, which is the same for all of them.
 */
export const wholeConversationOf = (tenantId: Sql, ticketNumber: Sql): Sql => sql`
  select n.ticket_number, f.number as final_target_number
  from (
    select coalesce(s.final_target_number, s.ticket_number) as number from tickets s
    where s.tenant_id = ${tenantId} and s.ticket_number = ${ticketNumber} limit 1) f
  cross join lateral (${conversationAt(tenantId, sql`f.number`)}) n`

/**
 * Tickets, and all that are merged into them, directly or through others: the step `below` of a recursive `with`. A
 * merged ticket `m` must fulfil the condition, which is none when it is left out: then there are deleted tickets, too.
 * Run the statement with `planEachTime`: for all values, the planner expects a hundred of them and reads all tickets.
 */
export const belowStep = (tenantId: number, numbers: number[], condition: Sql = sql`true`): Sql => sql`
  below (ticket_number) as (
    select unnest(${numbers}::bigint[])
    union
    select m.ticket_number from below b
    join tickets m on m.tenant_id = ${tenantId} and m.merged_into_number = b.ticket_number and ${condition})`

/** A condition: a ticket `t` is of a category, in any case. */
export const ofCategory = (category: string): Sql => isSameCategory(sql`t.issue_category`, sql`${category}`)

/** A condition: a ticket `t` has a technician, or with `none` no technician. */
export const ofTechnician = (technicianId: string): Sql =>
  technicianId === 'none' ? sql`t.technician_id is null` : sql`t.technician_id = ${technicianId}`

/** Whether a ticket `t` still needs work: the rule of `isUnresolved` in `tickets.lifecycle.ts`. */
export const isUnresolvedSql = sql`t.status not in ('resolved', 'closed')`

const unresolved = Status.options.filter(isUnresolved)
/** The statuses of tickets that still need work, as an array. */
export const unresolvedStatuses = sql`${unresolved}::text[]`

/**
 * How many unresolved tickets a technician `w` has, up to a limit: an expression. Merged tickets are not counted. The
 * order is that of an index, which the planner then takes.
 */
export const openTicketsOf = sql`(
  select count(*) from (
    select from unnest(${unresolved}::text[]) as s (status)
    cross join lateral (
      select from tickets t
      where t.tenant_id = w.tenant_id and t.technician_id = w.technician_id and t.status = s.status
        and t.deleted_at is null and t.merged_into_number is null
      order by t.raised_date limit ${openTicketsAtMost}) t
    limit ${openTicketsAtMost}) n)`
