import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import type { Counter } from '../../identity/tenants/counters.steps.ts'
import { visibleFollowUpOf, visibleTags } from './tickets.policy.ts'

/** The counter of tickets, and what it numbers. */
export const ticketCounter: Counter = {
  name: 'ticket',
  constraints: ['tickets_pkey'],
  highest: (tenantId) => sql`select max(n.ticket_number) as number from tickets n where n.tenant_id = ${tenantId}`,
}

const columnsWith = (
  followUpOf: Sql,
): Sql => sql`t.ticket_id, t.subject, t.issue_category, t.issue_description, t.priority, t.status,
  t.customer_id, c.name as customer_name, t.technician_id, w.name as technician_name, t.resolution_summary,
  t.raised_date, t.updated_at, t.first_response_at, t.resolved_date, t.closed_date,
  ${followUpOf} as follow_up_of, public_id('TKT', t.merged_into_number) as merged_into,
  t.version`

/** The columns of a new ticket `t`, without its tags. Who creates a ticket sees the ticket that it follows. */
export const commonColumns = columnsWith(sql`public_id('TKT', t.follow_up_of_number)`)

/** The columns of an answer to an actor, for a ticket `t`. */
export const ticketColumns = (actor: Actor): Sql =>
  sql`${columnsWith(visibleFollowUpOf(actor))}, ${visibleTags(actor)} as tags`

/** The joins that give a ticket `t` the names of its customer and technician. `t` may be a table or a step. */
export const withNames = sql`
  join accounts c on c.tenant_id = t.tenant_id and c.account_id = t.customer_id
  left join accounts w on w.tenant_id = t.tenant_id and w.account_id = t.technician_id`

/**
 * The same names, looked up for each ticket `t` of a list. The planner does not know how long a list is, and could read
 * all accounts for a join. For parts with a limit it does not.
 */
export const withNamesOfEach = sql`
  cross join lateral (
    select a.name from accounts a where a.tenant_id = t.tenant_id and a.account_id = t.customer_id limit 1) c
  left join lateral (
    select a.name from accounts a where a.tenant_id = t.tenant_id and a.account_id = t.technician_id limit 1) w on true`

/**
 * The numbers of a ticket and of all tickets that are merged into it, directly or through others, without deleted ones:
 * a query of one column, for use in parentheses. All of them belong to one customer; there are a hundred at most.
 */
export const conversationOf = (tenantId: number, ticketNumber: number): Sql => sql`
  with recursive conversation (ticket_number) as (
    select ${ticketNumber}::bigint
    union
    select m.ticket_number from conversation c
    join tickets m on m.tenant_id = ${tenantId} and m.merged_into_number = c.ticket_number and m.deleted_at is null)
  select c.ticket_number from conversation c`

/**
 * The chain of merges from a ticket `t` to its final target: a step of a recursive `with`. There is no chain when the
 * condition `visible` does not hold for the ticket. `union` would end even in a
 * circle, although merging never makes one.
 */
export const mergeChainStep = (tenantId: number, ticketNumber: number, visible: Sql = sql`true`): Sql => sql`
  merge_chain (ticket_number, merged_into_number) as (
    select t.ticket_number, t.merged_into_number from tickets t
    where t.tenant_id = ${tenantId} and t.ticket_number = ${ticketNumber}::bigint and ${visible}
    union
    select t.ticket_number, t.merged_into_number from merge_chain m
    join tickets t on t.tenant_id = ${tenantId} and t.ticket_number = m.merged_into_number)`

/** A condition: a ticket `t` is of a category, in any case. */
export const ofCategory = (category: string): Sql => sql`lower(t.issue_category) = lower(${category})`

/** A condition: a ticket `t` has a technician, or with `none` no technician. */
export const ofTechnician = (technicianId: string): Sql =>
  technicianId === 'none' ? sql`t.technician_id is null` : sql`t.technician_id = ${technicianId}`

/** Whether a ticket `t` still needs work: the rule of `isUnresolved` in `tickets.lifecycle.ts`. */
export const isUnresolvedSql = sql`t.status not in ('resolved', 'closed')`
