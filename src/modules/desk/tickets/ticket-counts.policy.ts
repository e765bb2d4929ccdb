import type { Actor } from '../../identity/accounts/actor.ts'
import { type CountedBy, TicketView } from './ticket-counts.schemas.ts'
import type { TicketFilter } from './ticket-query.schemas.ts'

/** The order in which an index has the tickets of a group. */
export type CountSort = '-priority' | 'raised_date' | 'resolved_date'

/** The filters that an index may have in front. All others make every ticket be looked at. */
const simple = new Set<string>([
  'status',
  'priority',
  'issue_category',
  'technician_id',
  'customer_id',
  'raised_from',
  'raised_to',
  'resolved_from',
  'resolved_to',
] satisfies (keyof TicketFilter)[])

/** The order of the index that has the part of a time that a filter names; null when no index has all of the filter. */
export const countSortOf = (filter: TicketFilter): CountSort | null => {
  const isSimple = Object.entries(filter).every(([name, value]) => simple.has(name) || !value)
  if (!isSimple) return null
  const isRaised = (filter.raised_from ?? filter.raised_to) !== undefined
  const isResolved = (filter.resolved_from ?? filter.resolved_to) !== undefined
  if (isRaised && isResolved) return null
  return isRaised ? 'raised_date' : isResolved ? 'resolved_date' : '-priority'
}

/** The lists of the staff that an actor has. */
export const viewsOf = ({ role }: Actor): TicketView[] =>
  TicketView.options.filter((view) => view !== 'mine' || role === 'technician')

/** What a filter leaves of the tickets, as the indexes have them: all, or those of one. */
const familyOf = (actor: Actor, filter: TicketFilter): 'all' | 'customer' | 'technician' | 'category' | null => {
  const { customer_id, technician_id, issue_category, priority } = filter
  // The tickets of customers and technicians are found by the indexes of customers and technicians.
  const customer = actor.role === 'customer' ? undefined : customer_id
  const technician = actor.role === 'technician' ? undefined : technician_id
  const [one, ...others] = [
    ...(customer === undefined ? [] : ['customer' as const]),
    ...(technician === undefined ? [] : ['technician' as const]),
    ...(issue_category === undefined ? [] : ['category' as const]),
    ...(priority === undefined ? [] : ['all' as const]),
  ]
  if (actor.role === 'customer') return one === undefined ? 'customer' : null
  if (actor.role === 'technician') return one === undefined ? 'technician' : null
  return others.length === 0 ? (one ?? 'all') : null
}

/**
 * Whether an index has the tickets of each group, so that a count reads no more tickets than it counts. The lists of
 * each role without a filter have that, except for the categories of a technician, and the categories and technicians
 * of a customer. Of those at most `readAtMost` tickets are read, by the index of the list.
 */
export const isCountedByIndex = (by: CountedBy, actor: Actor, filter: TicketFilter): boolean => {
  const [sort, family] = [countSortOf(filter), familyOf(actor, filter)]
  if (sort === null || family === null) return false
  const isOfPriority = filter.priority !== undefined
  const isOfStaff = actor.role === 'admin' || actor.role === 'system'
  switch (by) {
    case 'status':
      return sort !== 'resolved_date' || (family !== 'category' && !isOfPriority)
    case 'priority':
      return sort === '-priority' || (sort === 'raised_date' && family === 'all')
    case 'technician':
      if (actor.role === 'technician') return true
      return isOfStaff && (family === 'all' || family === 'technician') && (sort === '-priority' || !isOfPriority)
    case 'category':
      if (!isOfStaff || sort === 'resolved_date') return false
      return (family === 'all' || family === 'category') && (sort === '-priority' || !isOfPriority)
    case 'view': {
      const isWhole = family === (isOfStaff ? 'all' : 'technician') && filter.technician_id === undefined
      return actor.role !== 'customer' && isWhole && (sort === '-priority' || !isOfPriority)
    }
    case 'raised_day':
      return sort === 'raised_date'
    case 'resolved_day':
      return sort === 'resolved_date' && family !== 'category' && !isOfPriority
  }
}
