import { Priority } from '../../../contract/enums.ts'
import { allOf, join, nothing, type Sql, sql } from '../../../platform/db/sql.ts'
import type { ZonedDay } from '../../../platform/zoned-days.ts'
import type { Actor, Technician } from '../../identity/accounts/actor.ts'
import { categoryKey } from '../../identity/technicians/technicians.steps.ts'
import { hasTechnicians } from '../categories/categories.steps.ts'
import { type CountSort, countSortOf } from './ticket-counts.policy.ts'
import { type CountedBy, countedAtMost, type DayBreakdown, groupsAtMost } from './ticket-counts.schemas.ts'
import { ofPriorities, ticketConditions } from './ticket-filters.steps.ts'
import { allRanks, allStatuses, listOrders, type Part, partsOf } from './ticket-list.steps.ts'
import { rankOf, type TicketFilter } from './ticket-query.schemas.ts'
import { ofTechnician } from './tickets.steps.ts'

/** The days of each breakdown by day. */
export type Days = Record<DayBreakdown, ZonedDay[]>

/** What is counted: whose tickets, by which filter, on which days. */
export interface Counting {
  actor: Actor
  filter: TicketFilter
  days: Days
  /** Whether each breakdown by day counts by its own time, which the filter then does not name. */
  isOfLastDays: boolean
  /** Of the tickets that the actor watches so many are looked at, the newest. Left out: all. */
  watchedAtMost?: number
}

/** A breakdown's own filter: of the last days, those of its time. */
export const countingBy = (by: CountedBy, counting: Counting): Counting => {
  if (!counting.isOfLastDays || (by !== 'raised_day' && by !== 'resolved_day')) return counting
  const [first, last] = [counting.days[by].at(0), counting.days[by].at(-1)]
  if (first === undefined || last === undefined) return counting
  const time = by === 'raised_day' ? 'raised' : 'resolved'
  return { ...counting, filter: { ...counting.filter, [`${time}_from`]: first.from, [`${time}_to`]: last.to } }
}

/** The column of each breakdown by day. */
export const dayColumns = { raised_day: sql`t.raised_date`, resolved_day: sql`t.resolved_date` }

/** A row of the answer of the database. Its members are those of `CountedGroup`. */
export const groupColumns = (by: CountedBy, { value, name, isAttended, count, isCut }: Record<string, Sql>): Sql =>
  sql`${by}::text as by, ${value ?? sql`null::text`} as value, ${name ?? sql`null::text`} as name,
    ${isAttended ?? sql`null::boolean`} as is_attended, ${count ?? sql`0`} as count, ${isCut ?? sql`false`} as is_cut`

/** The name of a technician `g.value`. For parts with a limit the planner does not read all accounts. */
export const nameOf = (tenantId: number): Sql => sql`left join lateral (
  select a.name from accounts a where a.tenant_id = ${tenantId} and a.account_id = g.value limit 1) a on true`

/** Whether technicians work on a category `g.value`. Only admins read it. */
export const attendedFor = ({ role, tenantId }: Actor): Sql =>
  role === 'admin' || role === 'system'
    ? sql`${hasTechnicians(sql`${tenantId}::integer`, sql`g.value`)}`
    : sql`null::boolean`

/** The conditions of every list: not deleted, not merged. */
export const isListed = (tenantId: number): Sql[] => [
  sql`t.tenant_id = ${tenantId}`,
  sql`t.deleted_at is null`,
  sql`t.merged_into_number is null`,
]

/**
 * Tickets of a part, in the order in which an index has them: without it the planner could read the whole table. At
 * most as many as a group counts, of each status.
 */
const rowsOf = (tenantId: number, part: Part, conditions: Sql[], sort: CountSort, columns: Sql, limit: number): Sql => {
  const { column } = listOrders[sort]
  const isPart = [...isListed(tenantId), ...part.conditions, ...conditions]
  if (part.statuses === null) return sql`(select ${columns} from tickets t where ${allOf(isPart)} limit ${limit})`
  isPart.push(sql`t.status = s.status`)
  if (part.ranks !== undefined) isPart.push(sql`t.priority_rank = r.rank`)
  const first = part.isUnassigned ? sql`t.technician_id, ` : nothing
  const ranks = part.ranks === undefined ? nothing : sql`cross join unnest(${part.ranks}::smallint[]) as r (rank)`
  return sql`(select t.* from unnest(${part.statuses}::text[]) as s (status) ${ranks}
    cross join lateral (
      select ${columns} from tickets t where ${allOf(isPart)}
      order by ${first}${column}, t.ticket_number limit ${limit}) t)`
}

/** The conditions of a filter that the parts do not have themselves. */
const restOf = (actor: Actor, filter: TicketFilter): Sql[] => {
  const { status: _, priority: __, technician_id, ...others } = filter
  return ticketConditions(actor.role === 'technician' ? others : { ...others, technician_id })
}

/** What `ticketsOf` is told of the conditions, and whether it leaves out the tickets that a technician watches. */
interface CountOptions {
  /** The conditions name one technician or category, so an index has all priorities together. */
  isOfOne?: boolean
  isUnassigned?: boolean
  isWithoutWatched?: boolean
}

/** The tickets of an actor that fulfil conditions, at most `limit`. */
export const ticketsOf = (
  { actor, filter, watchedAtMost }: Counting,
  conditions: Sql[],
  columns: Sql,
  limit: number,
  { isOfOne = false, isUnassigned = false, isWithoutWatched = false }: CountOptions = {},
): Sql => {
  const sort = countSortOf(filter) ?? 'raised_date'
  const parts = partsOf(actor, filter, sort, isWithoutWatched ? 0 : watchedAtMost).map((part): Part => {
    const isWhole = actor.role !== 'technician' && part.statuses === null
    const ranks = part.ranks ?? (isWhole ? allRanks : undefined)
    return {
      ...part,
      statuses: isWhole ? allStatuses : part.statuses,
      // Tickets of a list of priorities are not in the order of an index, for PostgreSQL before 17.
      ...(isOfOne && filter.priority === undefined ? { ranks: undefined } : { ranks }),
      ...(isUnassigned ? { isUnassigned } : {}),
    }
  })
  const rows = parts.map((part) => {
    const priority = part.ranks === undefined && filter.priority !== undefined ? [ofPriorities(filter.priority)] : []
    const all = [...restOf(actor, filter), ...priority, ...conditions]
    return rowsOf(actor.tenantId, part, all, sort, columns, limit)
  })
  return sql`(select * from (${join(rows, ' union all ')}) u limit ${limit})`
}

/** How many tickets fulfil conditions, up to one more than a group counts: a join, `c.count`. */
export const countOf = (counting: Counting, conditions: Sql[], options: CountOptions = {}) =>
  sql`cross join lateral (
    select count(*) as count from ${ticketsOf(counting, conditions, sql`1 as one`, countedAtMost + 1, options)} n) c`

const ofDays = (counting: Counting, by: DayBreakdown): Sql => {
  const { actor, filter, days } = counting
  const column = dayColumns[by]
  const all = sql`unnest(${days[by].map(({ day }) => day)}::text[], ${days[by].map(({ from }) => from)}::timestamptz[],
    ${days[by].map(({ to }) => to)}::timestamptz[]) as g (value, since, until)`
  const isOnDay = [sql`${column} >= g.since`, sql`${column} < g.until`]
  const columns = groupColumns(by, { value: sql`g.value`, count: sql`g.count` })
  if (actor.role !== 'technician') {
    return sql`select ${columns} from (select g.value, c.count from ${all} ${countOf(counting, isOnDay)}) g`
  }
  const parts = partsOf(actor, filter, countSortOf(filter) ?? 'raised_date')
  const conditions = [...isListed(actor.tenantId), ...(parts.at(-1)?.conditions ?? []), ...restOf(actor, filter)]
  // No index has the days of the tickets that somebody watches: they are read once, not once for each day.
  return sql`select ${columns} from (
    select d.value, sum(d.count)::bigint as count from (
      select g.value, c.count from ${all} ${countOf(counting, isOnDay, { isWithoutWatched: true })}
      union all
      (with watched as materialized (select ${column} as at from tickets t where ${allOf(conditions)})
        select g.value, count(*) from ${all} join watched t on t.at >= g.since and t.at < g.until group by g.value)) d
    group by d.value) g`
}

/**
 * The values that tickets have, each found by one look into an index: a step of a recursive `with` finds the next value
 * after the one before. `spelling`: how a ticket has the value.
 */
const valuesOf = ({ actor }: Counting, value: Sql, spelling: Sql): Sql => {
  const next = (after: Sql): Sql => sql`(select ${value} as value, ${spelling} as spelling from tickets t
    where ${allOf([...isListed(actor.tenantId), after])}
    order by ${value}, t.status, t.raised_date, t.ticket_number limit 1)`
  return sql`(with recursive found as (
      ${next(sql`${value} is not null`)}
      union all
      select n.value, n.spelling from found f cross join lateral ${next(sql`${value} > f.value`)} n)
    select f.value, f.spelling from found f limit ${groupsAtMost + 1})`
}

const nobodys = (counting: Counting, options = {}): Sql =>
  sql`select ${groupColumns('technician', { count: sql`c.count` })}
    from (select 1) one ${countOf(counting, [sql`t.technician_id is null`], options)}`

const ofTechnicians = (counting: Counting): Sql => {
  const tenantId = counting.actor.tenantId
  const values = valuesOf(counting, sql`t.technician_id`, sql`null::text`)
  return sql`select ${groupColumns('technician', { value: sql`g.value`, name: sql`a.name`, count: sql`c.count` })}
    from ${values} g ${countOf(counting, [sql`t.technician_id = g.value`], { isOfOne: true })} ${nameOf(tenantId)}
    union all ${nobodys(counting, { isOfOne: true, isUnassigned: true })}`
}

/** A technician's own tickets, those of nobody, and those that they watch: an index has each of the three. */
const ofTechniciansSeen = (counting: Counting, actor: Technician): Sql => {
  const { filter } = counting
  const { accountId, tenantId } = actor
  const asked = filter.technician_id
  const only = (technician_id: string): Counting => ({ ...counting, filter: { ...filter, technician_id } })
  const groups: Sql[] = []
  if (asked === undefined || asked === accountId) {
    groups.push(sql`select ${groupColumns('technician', { value: sql`g.value`, name: sql`a.name`, count: sql`c.count` })}
      from (select ${accountId}::text as value) g ${countOf(only(accountId), [])} ${nameOf(tenantId)}`)
  }
  if (asked === undefined || asked === 'none') groups.push(nobodys(only('none')))
  if (asked === undefined || (asked !== accountId && asked !== 'none')) {
    const watched = partsOf(actor, filter, countSortOf(filter) ?? '-priority').at(-1)?.conditions ?? []
    const conditions = [...isListed(tenantId), ...watched, ...restOf(actor, filter)]
    conditions.push(sql`t.technician_id is not null`, sql`not ${ofTechnician(accountId)}`)
    groups.push(sql`select ${groupColumns('technician', { value: sql`g.value`, name: sql`a.name`, count: sql`g.count` })}
      from (select t.technician_id as value, count(*) as count from tickets t where ${allOf(conditions)}
        group by t.technician_id order by 2 desc, 1 limit ${groupsAtMost}) g ${nameOf(tenantId)}`)
  }
  return join(groups, ' union all ')
}

const ofCategories = (counting: Counting): Sql => {
  const key = categoryKey(sql`t.issue_category`)
  const isAttended = attendedFor(counting.actor)
  return sql`select ${groupColumns('category', { value: sql`g.spelling`, isAttended, count: sql`c.count` })}
    from ${valuesOf(counting, key, sql`t.issue_category`)} g
    ${countOf(counting, [sql`${key} = g.value`], { isOfOne: true })}`
}

const ofStatuses = (counting: Counting): Sql =>
  sql`select ${groupColumns('status', { value: sql`g.value`, count: sql`c.count` })}
    from unnest(${counting.filter.status ?? allStatuses}::text[]) as g (value)
    ${countOf(counting, [sql`t.status = g.value`])}`

const ofPriorityGroups = (counting: Counting): Sql => {
  const priorities = counting.filter.priority ?? Priority.options
  return sql`select ${groupColumns('priority', { value: sql`g.value`, count: sql`c.count` })}
    from unnest(${priorities}::text[], ${priorities.map(rankOf)}::smallint[]) as g (value, rank)
    ${countOf(counting, [sql`t.priority_rank = g.rank`])}`
}

/** The groups of a breakdown whose tickets an index has: a query of the columns of `groupColumns`. */
export const groupsByIndex = (by: Exclude<CountedBy, 'view'>, counting: Counting): Sql => {
  switch (by) {
    case 'status':
      return ofStatuses(counting)
    case 'priority':
      return ofPriorityGroups(counting)
    case 'technician':
      return counting.actor.role === 'technician'
        ? ofTechniciansSeen(counting, counting.actor)
        : ofTechnicians(counting)
    case 'category':
      return ofCategories(counting)
    default:
      return ofDays(counting, by)
  }
}
