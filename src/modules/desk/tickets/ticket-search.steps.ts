import type { TicketHas } from '../../../contract/enums.ts'
import { allOf, join, type Sql, sql } from '../../../platform/db/sql.ts'
import { givenBy } from '../../../platform/module.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import type { ListOrder } from './ticket-list.steps.ts'
import type { TicketFilter } from './ticket-query.schemas.ts'
import { TicketId } from './tickets.schemas.ts'

/** A condition: a ticket `m` is merged, and one whose words and tags the actor may search. */
const isMergedSource = ({ tenantId, role, accountId }: Actor): Sql => {
  const isMerged = sql`m.tenant_id = ${tenantId} and m.merged_into_number is not null and m.deleted_at is null`
  return role === 'customer' ? sql`${isMerged} and m.customer_id = ${accountId}` : isMerged
}

/**
 * A condition: a ticket `m` that is merged into a ticket `t` fulfils a condition. The targets are read first, each
 * once, as an array, by which the planner finds them in the primary key.
 */
const hasMerged = (actor: Actor, condition: Sql): Sql => sql`t.ticket_number = any (array(
  select distinct m.final_target_number from tickets m where ${isMergedSource(actor)} and ${condition}))`

/** The words with each number of a ticket in its one form: `tkt1` becomes TKT0001. */
const withTicketIds = (words: string): string =>
  words.replaceAll(/(?<![\p{L}\p{N}])TKT\d{1,15}(?![\p{L}\p{N}])/giu, (id) => TicketId.safeParse(id).data ?? id)

/**
 * The words as a query. A number of a ticket is found in its one form, and also as it was typed, because people write
 * `tkt1` in texts; with a negation only in its one form.
 */
const searchOf = (words: string): Sql => {
  const formed = withTicketIds(words)
  const query = sql`websearch_to_tsquery('english', ${formed})`
  if (formed === words || /(?:^|\s)-/.test(words)) return query
  return sql`(${query} || websearch_to_tsquery('english', ${words}))`
}

/**
 * The two ways to find words: in a ticket `t`, and in one that is merged into it. Words with a negation are searched in
 * each ticket apart: otherwise `-printer` would find a ticket for a merged ticket that does not name the printer.
 */
const waysToFindWords = (actor: Actor, words: string): Sql[] => {
  const query = searchOf(words)
  return [
    sql`t.search @@ ${query}`,
    hasMerged(actor, sql`m.search @@ ${query} and position('!' in ${query}::text) = 0`),
  ]
}

/** The two ways to find tags: on a ticket `t`, and on one that is merged into it. */
const waysToFindTags = (actor: Actor, { tag, tags_all }: TicketFilter): Sql[] => {
  // The index has the last condition. PostgreSQL uses the index only when the query has it, too.
  const isTagged = (ticket: Sql): Sql =>
    allOf([
      ...(tag === undefined ? [] : [sql`${ticket}.tags && ${tag}::text[]`]),
      ...(tags_all === undefined ? [] : [sql`${ticket}.tags @> ${tags_all}::text[]`]),
      sql`${ticket}.tags <> '{}'`,
    ])
  return [isTagged(sql`t`), hasMerged(actor, isTagged(sql`m`))]
}

/** The names of conditions on the files of a ticket: its own, and those of a ticket that is merged into it. */
export const fileConditions = {
  all: { own: 'attachments', merged: 'merged_attachments' },
  public: { own: 'public_attachments', merged: 'merged_public_attachments' },
}

/** The ways to find what other modules know of a ticket `t`. Customers do not see internal files. */
const waysToFindOthers = (actor: Actor, has: TicketHas, given: Record<string, Sql>): Sql[] => {
  if (has !== 'attachments') return [givenBy(given, has)]
  const { own, merged } = fileConditions[actor.role === 'customer' ? 'public' : 'all']
  return [givenBy(given, own), hasMerged(actor, givenBy(given, merged))]
}

/**
 * The ways in which a list finds a ticket `t`: each is a condition. In lists of merged and of deleted tickets every
 * ticket is found by itself only. `given`: the conditions that other modules give.
 */
export const waysToFind = (actor: Actor, filter: TicketFilter, given: Record<string, Sql>): Sql[] => {
  const { q, tag, tags_all, has, merged, deleted } = filter
  const isAlone = merged === true || deleted === true
  const taken = (ways: Sql[]): Sql[] => (isAlone ? ways.slice(0, 1) : ways)
  const any = [sql`true`]
  const byWords = q === undefined ? any : taken(waysToFindWords(actor, q))
  const byTag = (tag ?? tags_all) === undefined ? any : taken(waysToFindTags(actor, filter))
  const byOthers = has === undefined ? any : taken(waysToFindOthers(actor, has, given))
  return byWords.flatMap((words) =>
    byTag.flatMap((tagged) => byOthers.map((others) => sql`${words} and ${tagged} and ${others}`)),
  )
}

/**
 * The numbers `k.ticket_number` of the first `limit` tickets of a list that fulfil all conditions and are found in one
 * of the ways. Each way is searched by itself, because the planner finds an index for one condition, and for `or` it
 * reads and compares many rows.
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
