import type { components, operations } from '../api/types.ts'
import { openStatuses, type Priority, priorities, type Status, statuses } from '../tickets/scales.ts'

export type Row = components['schemas']['ListedTicket']
export type View = components['schemas']['TicketView']
type ListQuery = NonNullable<operations['listTickets']['parameters']['query']>
export type Sort = NonNullable<ListQuery['sort']>

const views: readonly View[] = ['mine', 'unassigned', 'watching', 'all']
export const sorts: readonly Sort[] = ['-priority', '-raised_date', 'raised_date', '-updated_at', '-resolved_date']

/** The times of a list behind a number of the first page. They are days of `zone`. */
const times = ['raised_from', 'raised_to', 'resolved_from', 'resolved_to', 'zone'] as const
type Time = (typeof times)[number]

/** The parameters of the address that name a filter. `status` is `any` for all of them. */
export const filterNames = [
  'status',
  'priority',
  'category',
  'technician',
  'customer',
  'tag',
  'has',
  'deleted',
  'q',
  ...times,
] as const
export type FilterName = (typeof filterNames)[number]

/** What a list shows, as the address has it. Null: not filtered. */
export interface Query {
  view: View
  sort: Sort
  /** Null for all; the open ones, unless the address says otherwise. */
  status: readonly Status[] | null
  priority: readonly Priority[] | null
  category: string | null
  technician: string | null
  customer: string | null
  tag: string | null
  hasFailedMail: boolean
  /** The tickets that admins may restore, instead of those that are there. */
  isDeleted: boolean
  q: string | null
  times: Partial<Record<Time, string>>
}

const listed = <T extends string>(text: string | null, known: readonly T[]): T[] | null => {
  const found = known.filter((one) => text?.split(',').includes(one))
  return found.length > 0 ? found : null
}

/** The usual list of somebody: technicians have tickets of their own. */
export const usualView = (role: string | null): View => (role === 'technician' ? 'mine' : 'all')

/** What the address asks for. What it does not know is passed over. A search looks at all states, if none is named. */
export const readQuery = (address: URLSearchParams, role: string | null): Query => {
  const text = (name: string): string | null => address.get(name)?.trim() || null
  const view = views.find((one) => one === address.get('view')) ?? usualView(role)
  const q = text('q')
  const named = listed(text('status'), statuses)
  const isDeleted = role === 'admin' && text('deleted') === 'true'
  const isAny = text('status') === 'any' || (named === null && (q !== null || isDeleted))
  return {
    view: view === 'mine' && role !== 'technician' ? 'all' : view,
    sort: sorts.find((one) => one === address.get('sort')) ?? '-priority',
    status: isAny ? null : (named ?? openStatuses),
    priority: listed(text('priority'), priorities),
    category: text('category'),
    technician: text('technician'),
    customer: text('customer'),
    tag: text('tag'),
    hasFailedMail: text('has') === 'failed_mail',
    isDeleted,
    q,
    times: Object.fromEntries(times.flatMap((name) => (text(name) === null ? [] : [[name, text(name)]]))),
  }
}

/** The filters that somebody has set, in the order of their marks. */
export const filtersOf = (address: URLSearchParams): FilterName[] => {
  const isNamed = (name: FilterName): boolean => Boolean(address.get(name)?.trim())
  const named = filterNames.filter((name) => name !== 'zone' && isNamed(name))
  // Two ends of one time are one filter.
  return named.filter((name) => !(name.endsWith('_to') && isNamed(name.replace('_to', '_from') as FilterName)))
}

/** What to take out of the address to drop a filter. */
export const withoutFilter = (name: FilterName): Record<string, null> => {
  if (!name.includes('_')) return { [name]: null }
  const [time] = name.split('_')
  return { [`${time}_from`]: null, [`${time}_to`]: null }
}

/** The parameters of `GET /tickets`, and of `GET /tickets/counts` but for the sort and deleted tickets. */
export const filterOf = (query: Query): Omit<ListQuery, 'sort' | 'limit' | 'cursor'> => {
  const { view, status, priority, technician } = query
  const owner = view === 'mine' ? 'me' : view === 'unassigned' ? 'none' : technician
  return {
    ...(status === null ? {} : { status: [...status] }),
    ...(priority === null ? {} : { priority: [...priority] }),
    ...(query.category === null ? {} : { issue_category: query.category }),
    ...(owner === null ? {} : { technician_id: owner as 'me' }),
    ...(query.customer === null ? {} : { customer_id: query.customer }),
    ...(query.tag === null ? {} : { tag: [query.tag] }),
    ...(view === 'watching' ? { watching: 'me' } : {}),
    ...(query.hasFailedMail ? { has: 'failed_mail' } : {}),
    ...(query.isDeleted ? { deleted: true } : {}),
    ...(query.q === null ? {} : { q: query.q }),
    ...query.times,
  }
}

/** Whether only the program can say which tickets are in the list. */
export const needsProgram = (query: Query): boolean =>
  query.q !== null ||
  query.hasFailedMail ||
  query.isDeleted ||
  query.view === 'watching' ||
  query.tag !== null ||
  Object.keys(query.times).length > 0

type Known = Pick<Row, 'status' | 'priority' | 'issue_category' | 'technician_id' | 'customer_id' | 'merged_into'>

/** Whether a ticket that somebody sees is in the list, for a query that does not need the program. */
export const isInList = (query: Query, ticket: Known, me: string): boolean => {
  const { view, status, priority, category, technician, customer } = query
  if (ticket.merged_into !== null) return false
  if (view === 'mine' && ticket.technician_id !== me) return false
  if (view === 'unassigned' && ticket.technician_id !== null) return false
  if (status !== null && !status.includes(ticket.status)) return false
  if (priority !== null && !priority.includes(ticket.priority)) return false
  if (category !== null && ticket.issue_category.toLowerCase() !== category.toLowerCase()) return false
  if (customer !== null && ticket.customer_id !== customer) return false
  const owner = technician === 'me' ? me : technician === 'none' ? null : technician
  return technician === null || view === 'mine' || view === 'unassigned' || ticket.technician_id === owner
}
