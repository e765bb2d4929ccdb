import {
  allOf,
  type Db,
  inIndexOrder,
  join,
  many,
  nothing,
  planEachTime,
  type Sql,
  sql,
  withinTime,
} from '../../../platform/db/sql.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { categoryKey } from '../../identity/technicians/technicians.steps.ts'
import { countSortOf, isCountedByIndex } from './ticket-counts.policy.ts'
import { type CountedBy, CountedGroup, groupsAtMost, readAtMost } from './ticket-counts.schemas.ts'
import {
  attendedFor,
  type Counting,
  countingBy,
  dayColumns,
  groupColumns,
  groupsByIndex,
  nameOf,
  ticketsOf,
} from './ticket-counts.steps.ts'
import { watches } from './ticket-filters.steps.ts'
import { waysToFind } from './ticket-search.steps.ts'
import { searchedConditions } from './tickets.queries.ts'
import { viewsByIndex, viewsRead } from './view-counts.steps.ts'

/** How counts are made. */
interface CountSettings {
  timeoutMs: number
  /** The conditions that other modules give, by their names. */
  conditions: Record<string, Sql>
  /** How long a deleted ticket can be restored. */
  deletedDays: number
}

/** `isWatched`: a condition, or null when nobody asks. */
const readColumns = (isWatched: Sql): Sql => sql`t.ticket_number, t.status, t.priority, t.technician_id,
  t.issue_category, t.raised_date, t.resolved_date, ${isWatched} as is_watched`

/** The tickets that are read one by one, and one more than the most. */
const readTickets = (
  counting: Counting,
  breakdowns: CountedBy[],
  { conditions: given, deletedDays }: CountSettings,
): Sql => {
  const { actor, filter } = counting
  const columns = readColumns(breakdowns.includes('view') ? watches(actor, filter) : sql`null::boolean`)
  const limit = readAtMost[actor.role] + 1
  if (countSortOf(filter) === '-priority' || countSortOf(filter) === 'raised_date') {
    return ticketsOf(counting, [], columns, limit)
  }
  const conditions = searchedConditions(actor, filter, deletedDays)
  const found = waysToFind(actor, filter, given).map(
    (way) => sql`(select ${columns} from tickets t where ${allOf([...conditions, way])} limit ${limit})`,
  )
  return sql`(select * from (${join(found, ' union ')}) u limit ${limit})`
}

const isCutFor = ({ role }: Actor): Sql => sql`(select count(*) > ${readAtMost[role]} from read)`

/** The groups of the tickets that were read. */
const groupsRead = (by: CountedBy, { actor, days }: Counting): Sql => {
  const isCut = isCutFor(actor)
  if (by === 'raised_day' || by === 'resolved_day') {
    const column = dayColumns[by]
    const all = days[by]
    return sql`select ${groupColumns(by, { value: sql`g.value`, count: sql`count(*)`, isCut })}
      from unnest(${all.map(({ day }) => day)}::text[], ${all.map(({ from }) => from)}::timestamptz[],
        ${all.map(({ to }) => to)}::timestamptz[]) as g (value, since, until)
      join read t on ${column} >= g.since and ${column} < g.until group by g.value`
  }
  if (by === 'view') return viewsRead(actor, isCut)
  const key = by === 'category' ? categoryKey(columnOf[by]) : columnOf[by]
  const name = by === 'technician' ? sql`a.name` : sql`null::text`
  const names = by === 'technician' ? nameOf(actor.tenantId) : nothing
  const isAttended = by === 'category' ? attendedFor(actor) : sql`null::boolean`
  return sql`select ${groupColumns(by, { value: sql`g.value`, name, isAttended, count: sql`g.count`, isCut })}
    from (
      select min(${columnOf[by]}) as value, count(*) as count from read t
      group by ${key} order by 2 desc, 1 limit ${groupsAtMost + 2}) g ${names}`
}

const columnOf = {
  status: sql`t.status`,
  priority: sql`t.priority`,
  technician: sql`t.technician_id`,
  category: sql`t.issue_category`,
}

const byIndex = (by: CountedBy, counting: Counting): Sql =>
  by === 'view' ? viewsByIndex(counting) : groupsByIndex(by, counting)

/**
 * Counts the tickets that the actor sees, by each of some breakdowns, in one statement and so in one snapshot. What no
 * index has is read one by one, at most `readAtMost` tickets for all breakdowns together. The server cancels the
 * statement after `timeoutMs`. Groups without a ticket may be left out.
 */
export const countGroups = (
  db: Db,
  counting: Counting,
  breakdowns: CountedBy[],
  settings: CountSettings,
): Promise<CountedGroup[]> => {
  const { actor } = counting
  const isRead = (by: CountedBy): boolean => !isCountedByIndex(by, actor, countingBy(by, counting).filter)
  const groups = breakdowns.map((by) => (isRead(by) ? groupsRead(by, counting) : byIndex(by, countingBy(by, counting))))
  const read = breakdowns.some(isRead)
    ? sql`with read as materialized ${readTickets(counting, breakdowns, settings)}`
    : nothing
  const statement = sql`${read} ${join(groups, ' union all ')}`
  return many(db, CountedGroup, inIndexOrder(withinTime(planEachTime(statement), settings.timeoutMs)))
}
