import { Priority, Status } from '../../../contract/enums.ts'
import { allOf, join, nothing, type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor, Technician } from '../../identity/accounts/actor.ts'
import { ownTickets, takeableTickets, visibleTickets, watchedTickets } from './tickets.policy.ts'
import { rankOf, type TicketFilter, type TicketSort } from './tickets.schemas.ts'
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
  '-priority': { column: sql`t.priority_rank`, type: sql`smallint`, ...descending },
}

/** A part of the tickets `t` of a list, whose first rows an index has in the order of the list. */
interface Part {
  conditions: Sql[]
  /** The statuses whose first rows are read one status after the other. Null: all at once. */
  statuses: Status[] | null
  /** True: the first rows of each priority are read one priority after the other. */
  byPriority?: boolean
  /**
   * True: of tickets without a technician. They are sorted by the technician first, because the planner does not know
   * that `is null` leaves one value.
   */
  isUnassigned?: boolean
}

const allStatuses: Status[] = Status.options
const allRanks = Priority.options.map(rankOf)

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

const partsOfTechnician = (actor: Technician, { technician_id, status }: TicketFilter): Part[] => {
  const statuses = status ?? allStatuses
  const [own, takeable] = [ownTickets(actor), takeableTickets(actor)]
  // A watched ticket that is in another part, too, is listed once.
  const watched = [watchedTickets(actor), sql`(${own}) is not true`, sql`(${takeable}) is not true`]
  if (status !== undefined) watched.push(sql`t.status = any (${status}::text[])`)
  if (technician_id !== undefined) watched.push(ofTechnician(technician_id))
  return [
    ...(technician_id === undefined || technician_id === actor.accountId ? [{ conditions: [own], statuses }] : []),
    ...(technician_id === undefined || technician_id === 'none' ? partsToTake(actor, statuses) : []),
    { conditions: watched, statuses: null },
  ]
}

const partOfAll = (actor: Actor, filter: TicketFilter, sort: TicketSort): Part => {
  const { customer_id, technician_id, issue_category, status, priority } = filter
  const conditions = [visibleTickets(actor)]
  const statuses = status ?? allStatuses
  const isOfOne = actor.role === 'customer' || (customer_id ?? technician_id ?? issue_category) !== undefined
  if (customer_id === undefined && technician_id === 'none') return { conditions, statuses, isUnassigned: true }
  if (isOfOne || sort === '-priority' || priority !== undefined) return { conditions, statuses }
  return status === undefined ? { conditions, statuses: null } : { conditions, statuses, byPriority: true }
}

/**
 * Whether a list reads few rows whatever its values are, because `listedTickets` finds an index for each of its parts:
 * one filter by equality, or the same with a status, or a time of creation in the order of that time.
 */
export const isBounded = (actor: Actor, filter: TicketFilter, sort: TicketSort): boolean => {
  const { customer_id, technician_id, issue_category, priority, raised_from, raised_to } = filter
  // The parts of technicians and customers have these conditions anyway.
  const technician = actor.role === 'technician' ? undefined : technician_id
  const customer = actor.role === 'customer' ? undefined : customer_id
  const equal = [customer, technician, issue_category, priority].filter((value) => value !== undefined).length
  const isByTime = raised_from !== undefined || raised_to !== undefined
  const canBeEqual = actor.role === 'admin' || actor.role === 'system' ? 1 : 0
  return equal <= canBeEqual && (!isByTime || sort === '-raised_date' || sort === 'raised_date')
}

/** The first rows of a part: their numbers, and the values that they are sorted by. */
const firstRows = (tenantId: number, order: ListOrder, part: Part, conditions: Sql[], limit: number): Sql => {
  const { column, direction } = order
  const isListed = [sql`t.tenant_id = ${tenantId}`, sql`t.deleted_at is null`, sql`t.merged_into_number is null`]
  const isPart = [...isListed, ...part.conditions, ...conditions]
  if (part.statuses !== null) isPart.push(sql`t.status = s.status`)
  if (part.byPriority) isPart.push(sql`t.priority_rank = r.rank`)
  const first = part.isUnassigned ? sql`t.technician_id ${direction}, ` : nothing
  const rows = sql`(select t.ticket_number, ${column} as sorted_by from tickets t where ${allOf(isPart)}
    order by ${first}${column} ${direction}, t.ticket_number ${direction} limit ${limit})`
  if (part.statuses === null) return rows
  const ranks = part.byPriority ? sql`cross join unnest(${allRanks}::smallint[]) as r (rank)` : nothing
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
): Sql => {
  const order = listOrders[sort]
  const parts = actor.role === 'technician' ? partsOfTechnician(actor, filter) : [partOfAll(actor, filter, sort)]
  const rows = parts.map((part) => firstRows(actor.tenantId, order, part, conditions, limit))
  return sql`(select p.ticket_number
    from (select p.ticket_number from (${join(rows, ' union all ')}) p
      order by p.sorted_by ${order.direction}, p.ticket_number ${order.direction} limit ${limit}) p
    limit ${rowsAtMost})`
}
