import type { Priority } from '../../../contract/enums.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { rankOf, type TicketFilter } from './ticket-query.schemas.ts'
import { visibleTickets, watchedNumbers } from './tickets.policy.ts'
import { ofCategory, ofTechnician } from './tickets.steps.ts'

/** Which merged tickets a list has. The list of deleted tickets has all, unless the filter says otherwise. */
const ofMerged = ({ merged, deleted }: TicketFilter): Sql[] => {
  if (deleted === true && merged === undefined) return []
  return [merged === true ? sql`t.merged_into_number is not null` : sql`t.merged_into_number is null`]
}

/** A condition: a ticket `t` has one of some priorities. */
export const ofPriorities = (priorities: Priority[]): Sql =>
  sql`t.priority_rank = any (${priorities.map(rankOf)}::smallint[])`

/** The part of a time that a column must lie in: conditions. */
const within = (column: Sql, from: string | undefined, to: string | undefined): Sql[] => [
  ...(from === undefined ? [] : [sql`${column} >= ${from}::timestamptz`]),
  ...(to === undefined ? [] : [sql`${column} < ${to}::timestamptz`]),
]

/**
 * What a filter asks of the row of a ticket `t`, for lists and counts alike. What depends on who asks is in
 * `actorConditions`; words, tags, and what other modules know of tickets are found in ways of their own.
 */
export const ticketConditions = (filter: TicketFilter): Sql[] => {
  const { status, priority, issue_category, technician_id, customer_id, without } = filter
  const conditions = ofMerged(filter)
  if (status !== undefined) conditions.push(sql`t.status = any (${status}::text[])`)
  if (priority !== undefined) conditions.push(ofPriorities(priority))
  if (issue_category !== undefined) conditions.push(ofCategory(issue_category))
  if (technician_id !== undefined) conditions.push(ofTechnician(technician_id))
  if (customer_id !== undefined) conditions.push(sql`t.customer_id = ${customer_id}`)
  if (without !== undefined) conditions.push(sql`t.first_response_at is null`)
  return [
    ...conditions,
    ...within(sql`t.raised_date`, filter.raised_from, filter.raised_to),
    ...within(sql`t.updated_at`, filter.updated_from, filter.updated_to),
    ...within(sql`t.resolved_date`, filter.resolved_from, filter.resolved_to),
  ]
}

/**
 * A condition: a ticket `t` follows a ticket that the actor sees. In the inner query `t` is the ticket that is
 * followed.
 */
const follows = (actor: Actor, ticketId: string): Sql => sql`t.follow_up_of_number = ${numberOf(ticketId)}
  and exists (
    select from tickets t
    where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)} and ${visibleTickets(actor)})`

/** A condition: the actor watches a ticket `t`. Who watches a merged ticket watches its final target. */
export const watches = (actor: Actor, { merged, deleted }: TicketFilter): Sql => {
  const { tenantId, accountId } = actor
  if (deleted === true) {
    return sql`exists (
      select from ticket_watchers k
      where k.tenant_id = ${tenantId} and k.ticket_number = t.ticket_number and k.account_id = ${accountId})`
  }
  return merged === true
    ? sql`t.final_target_number = any (${watchedNumbers(actor)})`
    : sql`t.ticket_number = any (${watchedNumbers(actor)})`
}

/** What a filter asks of a ticket `t` that depends on who asks. */
export const actorConditions = (actor: Actor, filter: TicketFilter): Sql[] => [
  ...(filter.follow_up_of === undefined ? [] : [follows(actor, filter.follow_up_of)]),
  ...(filter.watching === undefined ? [] : [watches(actor, filter)]),
]
