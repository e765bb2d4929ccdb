import { allOf, join, type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import type { ListOrder } from './ticket-list.steps.ts'
import type { TicketFilter } from './tickets.schemas.ts'

/** A condition: a ticket `m` is merged, and one whose words and tags the actor may search. */
const isMergedSource = ({ tenantId, role, accountId }: Actor): Sql => {
  const isMerged = sql`m.tenant_id = ${tenantId} and m.merged_into_number is not null and m.deleted_at is null`
  return role === 'customer' ? sql`${isMerged} and m.customer_id = ${accountId}` : isMerged
}

/**
 * A condition: a ticket `m` that is merged into a ticket `t` fulfils a condition. The targets are read first, each once, as
 * an array, by which the planner finds them in the primary key.
 */
const hasMerged = (actor: Actor, condition: Sql): Sql => sql`t.ticket_number = any (array(
  select distinct m.final_target_number from tickets m where ${isMergedSource(actor)} and ${condition}))`

/**
 * The two ways to find words: in a ticket `t`, and in one that is merged into it. Words with a negation are searched in
 * each ticket apart: otherwise `-printer` would find a ticket for a merged ticket that does not name the printer.
 */
const waysToFindWords = (actor: Actor, words: string): Sql[] => {
  const query = sql`websearch_to_tsquery('english', ${words})`
  return [
    sql`t.search @@ ${query}`,
    hasMerged(actor, sql`m.search @@ ${query} and position('!' in ${query}::text) = 0`),
  ]
}

/** The two ways to find a tag: on a ticket `t`, and on one that is merged into it. */
const waysToFindTag = (actor: Actor, tag: string): Sql[] => {
  // The index has the second condition. PostgreSQL uses the index only when the query has it, too.
  const isTagged = (ticket: Sql): Sql => sql`${ticket}.tags @> array[${tag}]::text[] and ${ticket}.tags <> '{}'`
  return [isTagged(sql`t`), hasMerged(actor, isTagged(sql`m`))]
}

/**
 * The ways in which a list finds a ticket `t`: each is a condition. In lists of merged and of deleted tickets every ticket
 * is found by itself only.
 */
export const waysToFind = (actor: Actor, { q, tag, merged, deleted }: TicketFilter): Sql[] => {
  const isAlone = merged === true || deleted === true
  const taken = (ways: Sql[]): Sql[] => (isAlone ? ways.slice(0, 1) : ways)
  const byWords = q === undefined ? [sql`true`] : taken(waysToFindWords(actor, q))
  const byTag = tag === undefined ? [sql`true`] : taken(waysToFindTag(actor, tag))
  return byWords.flatMap((words) => byTag.map((tagged) => sql`${words} and ${tagged}`))
}

/**
 * The numbers `k.ticket_number` of the first `limit` tickets of a list that fulfil all conditions and are found in one of
 * the ways. Each way is searched by itself, because the planner finds an index for one condition, and for `or` it reads
 * and compares many rows.
 */
export const firstFound = (order: ListOrder, conditions: Sql[], ways: Sql[], limit: number): Sql => {
  const { column, direction } = order
  const found = ways.map(
    (way) => sql`(select t.ticket_number, ${column} as sorted_by from tickets t where ${allOf([...conditions, way])}
      order by ${column} ${direction}, t.ticket_number ${direction} limit ${limit})`,
  )
  return sql`(select p.ticket_number from (${join(found, ' union ')}) p
    order by p.sorted_by ${direction}, p.ticket_number ${direction} limit ${limit})`
}
