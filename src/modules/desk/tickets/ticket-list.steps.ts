import { Priority, Status } from '../../../contract/enums.ts'
import { allOf, join, nothing, type Sql, sql } from '../../../platform/db/sql.ts'
import { type Actor, systemOf, type Technician } from '../../identity/accounts/actor.ts'
import { ofPriorities } from './ticket-filters.steps.ts'
import { rankOf, type TicketFilter, type TicketSort } from './ticket-query.schemas.ts'
import { ownTickets, takeableTickets, visibleTickets, watchedTickets, watchesThis } from './tickets.policy.ts'
import { ofCategory, ofTechnician } from './tickets.steps.ts'

/** The order of a list: the column and its type, for sorting and for the key of a cursor. */
export interface ListOrder {
  column: Sql
  type: Sql
  direction: Sql
  isDescending: boolean
}

const descending = { direction: sql`desc`, isDescending: true }
const ascending = { direction: sql`asc`, isDescending: false }

export const listOrders: Record<TicketSort, ListOrder> = {
  '-raised_date': { column: sql`t.raised_date`, type: sql`timestamptz`, ...descending },
  raised_date: { column: sql`t.raised_date`, type: sql`timestamptz`, ...ascending },
  '-updated_at': { column: sql`t.updated_at`, type: sql`timestamptz`, ...descending },
  updated_at: { column: sql`t.updated_at`, type: sql`timestamptz`, ...ascending },
  '-resolved_date': { column: sql`t.resolved_date`, type: sql`timestamptz`, ...descending },
  resolved_date: { column: sql`t.resolved_date`, type: sql`timestamptz`, ...ascending },
  '-priority': { column: sql`t.priority_rank`, type: sql`smallint`, ...descending },
}

/** A part of the tickets `t` of a list, whose first rows an index has in the order of the list. */
export interface Part {
  conditions: Sql[]
  /** The statuses whose first rows are read one status after the other. Null: all at once. */
  statuses: Status[] | null
  /** The ranks of priorities whose first rows are read one priority after the other. Left out: all at once. */
  ranks?: number[]
  /**
   * True: of tickets without a technician. They are sorted by the technician first, because the planner does not know
   * that `is null` leaves one value.
   */
  isUnassigned?: boolean
}

/** Whether a list is in the order of resolution. It then has no ticket that was never resolved. */
export const isByResolution = (sort: TicketSort): boolean => sort === '-resolved_date' || sort === 'resolved_date'

export const allStatuses: Status[] = Status.options
export const allRanks = Priority.options.map(rankOf)

const only = (statuses: Status[], wanted: Status[]): Status[] => statuses.filter((status) => wanted.includes(status))

/** The unassigned tickets of a technician's category: the new ones, and those that were closed unassigned. */
const partsToTake = (actor: Technician, statuses: Status[]): Part[] => {
  const takeable = takeableTickets(actor)
  const left = only(statuses, ['resolved', 'closed'])
  return [
    // Compared with `true`, a condition uses no index. The planner would use that of all unassigned tickets.
    { conditions: [sql`(${takeable}) is true`, ofCategory(actor.category)], statuses: only(statuses, ['new']) },
    { conditions: [takeable, sql`t.status <> 'new'`], statuses: left },
  ].filter((part) => part.statuses.length > 0)
}

const partsOfTechnician = (
  actor: Technician,
  { technician_id, status }: TicketFilter,
  watchedAtMost: number | undefined,
): Part[] => {
  const statuses = status ?? allStatuses
  const [own, takeable] = [ownTickets(actor), takeableTickets(actor)]
  // A watched ticket that is in another part, too, is listed once.
  const watched = [watchedTickets(actor, watchedAtMost), sql`(${own}) is not true`, sql`(${takeable}) is not true`]
  if (status !== undefined) watched.push(sql`t.status = any (${status}::text[])`)
  if (technician_id !== undefined) watched.push(ofTechnician(technician_id))
  return [
    ...(technician_id === undefined || technician_id === actor.accountId ? [{ conditions: [own], statuses }] : []),
    ...(technician_id === undefined || technician_id === 'none' ? partsToTake(actor, statuses) : []),
    ...(watchedAtMost === 0 ? [] : [{ conditions: watched, statuses: null }]),
  ]
}

const partOfAll = (actor: Actor, filter: TicketFilter, sort: TicketSort): Part => {
  const { customer_id, technician_id, issue_category, status, priority, without } = filter
  const conditions = [visibleTickets(actor)]
  const statuses = status ?? allStatuses
  const isOfOne = actor.role === 'customer' || (customer_id ?? technician_id ?? issue_category) !== undefined
  if (customer_id === undefined && technician_id === 'none') return { conditions, statuses, isUnassigned: true }
  if (isOfOne || without !== undefined || isByResolution(sort)) return { conditions, statuses }
  if (priority !== undefined) return { conditions, statuses, ranks: priority.map(rankOf) }
  if (sort === '-priority') return { conditions, statuses }
  return status === undefined ? { conditions, statuses: null } : { conditions, statuses, ranks: allRanks }
}

/**
 * What a list by resolution has of a part: the tickets that were resolved, in the order of an index of such tickets.
 */
const resolvedOf = ({ conditions, statuses, ...part }: Part): Part => ({
  ...part,
  conditions: [...conditions, sql`t.resolved_date is not null`],
  statuses: statuses === null ? null : only(['resolved', 'closed'], statuses),
})

/**
 * The part of a list of what an actor watches, who watches many: tickets in the order of the list, by the indexes that
 * lists of all have, until enough of them are watched.
 */
const partOfWatched = (actor: Actor, filter: TicketFilter, sort: TicketSort): Part => {
  const part = partOfAll(systemOf(actor.tenantId), { ...filter, technician_id: undefined }, sort)
  const watched = { ...part, conditions: [...part.conditions, watchesThis(actor, sql`t`)] }
  return isByResolution(sort) ? resolvedOf(watched) : watched
}

/**
 * The parts of a list, for a filter without words, tags and merged tickets. `watchedAtMost`: of the tickets that a
 * technician watches so many, the newest. With 0 the last part is missing, which has those.
 */
export const partsOf = (actor: Actor, filter: TicketFilter, sort: TicketSort, watchedAtMost?: number): Part[] => {
  const parts =
    actor.role === 'technician' ? partsOfTechnician(actor, filter, watchedAtMost) : [partOfAll(actor, filter, sort)]
  return isByResolution(sort) ? parts.map(resolvedOf) : parts
}

/** The sorts in whose order an index has the tickets of a part of a time. */
const orderedBy: Record<'raised' | 'updated' | 'resolved', TicketSort[]> = {
  raised: ['-raised_date', 'raised_date'],
  updated: ['-updated_at', 'updated_at'],
  resolved: ['-resolved_date', 'resolved_date'],
}

/** Whether each part of a time that a filter names is in the order of the list. */
const isInOrder = (filter: TicketFilter, sort: TicketSort): boolean =>
  (['raised', 'updated', 'resolved'] as const).every((time) => {
    const isNamed = (filter[`${time}_from`] ?? filter[`${time}_to`]) !== undefined
    return !isNamed || orderedBy[time].includes(sort)
  })

/**
 * Whether a list reads few rows whatever its values are, because `listedTickets` finds an index for each of its parts:
 * one filter by equality, or the same with a status; and a part of a time in the order of that time. Of the tickets
 * without a first response, and of those that were resolved, an index has the statuses only.
 */
export const isBounded = (actor: Actor, filter: TicketFilter, sort: TicketSort): boolean => {
  const { customer_id, technician_id, issue_category, priority, without } = filter
  // The parts of technicians and customers have these conditions anyway.
  const technician = actor.role === 'technician' ? undefined : technician_id
  const customer = actor.role === 'customer' ? undefined : customer_id
  const equal = [customer, technician, issue_category, priority].filter((value) => value !== undefined).length
  const isOfStaff = actor.role === 'admin' || actor.role === 'system'
  if (!isInOrder(filter, sort)) return false
  if (without !== undefined) return isOfStaff && equal === 0 && orderedBy.raised.includes(sort)
  if (isByResolution(sort)) return equal <= (isOfStaff && (customer ?? technician) !== undefined ? 1 : 0)
  return equal <= (isOfStaff ? 1 : 0)
}

/** The first rows of a part: their numbers, and the values that they are sorted by. */
const firstRows = (tenantId: number, order: ListOrder, part: Part, conditions: Sql[], limit: number): Sql => {
  const { column, direction } = order
  const isListed = [sql`t.tenant_id = ${tenantId}`, sql`t.deleted_at is null`, sql`t.merged_into_number is null`]
  const isPart = [...isListed, ...part.conditions, ...conditions]
  if (part.statuses !== null) isPart.push(sql`t.status = s.status`)
  if (part.ranks !== undefined) isPart.push(sql`t.priority_rank = r.rank`)
  const first = part.isUnassigned ? sql`t.technician_id ${direction}, ` : nothing
  const rows = sql`(select t.ticket_number, ${column} as sorted_by from tickets t where ${allOf(isPart)}
    order by ${first}${column} ${direction}, t.ticket_number ${direction} limit ${limit})`
  if (part.statuses === null) return rows
  const ranks = part.ranks !== undefined ? sql`cross join unnest(${part.ranks}::smallint[]) as r (rank)` : nothing
  return sql`select p.ticket_number, p.sorted_by from unnest(${part.statuses}::text[]) as s (status) ${ranks}
    cross join lateral ${rows} p`
}

/**
 * The largest page, and one row more. The planner does not know the value of `limit`; this constant tells it that there
 * are few rows.
 */
const rowsAtMost = sql`101`

/**
 * The numbers `k.ticket_number` of the first `limit` tickets of a list, for a list without words, tags and merged
 * tickets. The tickets of an actor are read in parts, each by an index that has them in the order of the list: a
 * technician's own, those to take, and those they watch. An index has the tickets of one status in order, so the first
 * rows of each status are read, and merged. An index by the order alone could read every ticket of the tenant, to find
 * that none of them is the actor's.
 */
export const listedTickets = (
  actor: Actor,
  filter: TicketFilter,
  sort: TicketSort,
  conditions: Sql[],
  limit: number,
): Sql => firstOf(actor, partsOf(actor, filter, sort), filter, sort, { conditions, limit })

/** As `listedTickets`, of the tickets that somebody watches, who watches many. */
export const listedWatched = (
  actor: Actor,
  filter: TicketFilter,
  sort: TicketSort,
  conditions: Sql[],
  limit: number,
): Sql => firstOf(actor, [partOfWatched(actor, filter, sort)], filter, sort, { conditions, limit })

const firstOf = (
  { tenantId }: Actor,
  parts: Part[],
  filter: TicketFilter,
  sort: TicketSort,
  { conditions, limit }: { conditions: Sql[]; limit: number },
): Sql => {
  const order = listOrders[sort]
  const rows = parts.map((part) => {
    // A part that reads one priority after the other has the condition itself.
    const isFiltered = part.ranks === undefined && filter.priority !== undefined
    const priority = isFiltered ? [ofPriorities(filter.priority ?? [])] : []
    return firstRows(tenantId, order, part, [...conditions, ...priority], limit)
  })
  return sql`(select p.ticket_number
    from (select p.ticket_number from (${join(rows, ' union all ')}) p
      order by p.sorted_by ${order.direction}, p.ticket_number ${order.direction} limit ${limit}) p
    limit ${rowsAtMost})`
}
