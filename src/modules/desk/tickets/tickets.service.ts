import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { createCombiner } from '../../../platform/combiner.ts'
import { inTurnOfTenant } from '../../../platform/db/connection-turns.ts'
import { readSettledTime } from '../../../platform/db/settled-time.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { invalidMember } from '../../../platform/errors.ts'
import { fitPage } from '../../../platform/page-budget.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import { perApp } from '../../../platform/per-app.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor, User } from '../../identity/accounts/actor.ts'
import { getCustomer } from '../../identity/customers/customers.service.ts'
import { getTechnician } from '../../identity/technicians/technicians.service.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
import { rankOf, type TicketFilter, type TicketKey, type TicketSort } from './ticket-query.schemas.ts'
import { sightOf } from './tickets.policy.ts'
import { findTicket, findTickets, listTickets, lockTickets } from './tickets.queries.ts'
import type { ListedTicket, Ticket, TicketRow } from './tickets.schemas.ts'

/** A ticket; null when it does not exist or the actor may not see it. */
export const findVisibleTicket = (db: Db, actor: Actor, ticketId: string): Promise<Ticket | null> =>
  findTicket(db, actor, ticketId)

/** @throws AppError `ticket_not_found`, also when the actor may not see it. */
export const getTicketIn = async (db: Db, actor: Actor, ticketId: string): Promise<Ticket> =>
  requireRead(await findTicket(db, actor, ticketId), 'ticket_not_found')

interface Reading {
  actor: User
  ticketId: string
}

const readingsOf = perApp(({ pool, turns }) =>
  createCombiner<string, Reading, Ticket | null>(async (_, readings) => {
    const [{ actor }] = readings as [Reading, ...Reading[]]
    const ids = [...new Set(readings.map(({ ticketId }) => ticketId))]
    const found = await inTurnOfTenant(turns, actor.tenant, () => findTickets(pool, actor, ids))
    return readings.map(({ ticketId }) => found.get(ticketId) ?? null)
  }),
)

/**
 * A ticket. Tickets that are read at the same time, by those who see the same, share a statement.
 * @throws AppError `ticket_not_found`, also when the actor may not see it.
 */
export const getTicket = async (app: App, actor: User, ticketId: string): Promise<Ticket> =>
  requireRead(await readingsOf(app)(sightOf(actor), { actor, ticketId }), 'ticket_not_found')

const keyOf = (ticket: TicketRow, sort: TicketSort): TicketKey => {
  const column = sort.replace('-', '') as 'raised_date' | 'updated_at' | 'resolved_date' | 'priority'
  // A list by the date of a resolution has no ticket without one.
  const value = column === 'priority' ? rankOf(ticket.priority) : (ticket[column] ?? '')
  return [value, numberOf(ticket.ticket_id)]
}

/** Locks a ticket that the actor sees, until the transaction ends; null when there is none. */
export const findAndLockTicket = async (tx: Tx, actor: Actor, ticketId: string): Promise<Ticket | null> =>
  (await lockTickets(tx, actor, [ticketId])).get(ticketId) ?? null

/** Locks the tickets that the actor sees, in the order of their numbers, until the transaction ends. */
export const lockEachTicket = (tx: Tx, actor: Actor, ticketIds: string[]): Promise<Map<string, Ticket>> =>
  lockTickets(tx, actor, [...new Set(ticketIds)])

/**
 * Locks a ticket that the actor sees, until the transaction ends.
 * @throws AppError `ticket_not_found`.
 */
export const lockVisibleTicket = async (tx: Tx, actor: Actor, ticketId: string): Promise<Ticket> =>
  requireRead(await findAndLockTicket(tx, actor, ticketId), 'ticket_not_found')

type Role = Actor['role']
const staff: Role[] = ['admin', 'technician', 'system']

/**
 * Customers do not see tags, nor what became of the mails of others, so they cannot filter by that. They watch nothing.
 * Only admins restore tickets, so only they see deleted ones.
 */
const rolesOfFilters: { name: keyof TicketFilter; isFor: Role[]; value?: unknown }[] = [
  { name: 'tag', isFor: staff },
  { name: 'tags_all', isFor: staff },
  { name: 'has', value: 'failed_mail', isFor: staff },
  { name: 'without', isFor: staff },
  { name: 'watching', isFor: staff },
  { name: 'deleted', isFor: ['admin', 'system'] },
]

/** @throws AppError `validation_failed` for somebody who names a filter that is not for them. */
export const refuseFiltersOfOthers = ({ role }: Actor, filter: TicketFilter): void => {
  for (const { name, value, isFor } of rolesOfFilters) {
    const isNamed = value === undefined ? filter[name] !== undefined : filter[name] === value
    if (!isNamed || isFor.includes(role)) continue
    const whom = isFor === staff ? 'for the staff only' : 'for admins only'
    throw invalidMember(name, value === undefined ? `is ${whom}` : `may be ${value} ${whom}`, 'unknown_member')
  }
}

/** The filter with the technician's own id in the place of `me`. @throws AppError `validation_failed` for others. */
export const withOwnId = (actor: Actor, filter: TicketFilter): TicketFilter => {
  if (filter.technician_id !== 'me') return filter
  if (actor.role === 'technician') return { ...filter, technician_id: actor.accountId }
  throw invalidMember(
    'technician_id',
    'can be me for technicians only, because you have no tickets as one',
    'not_yours',
  )
}

/** A filter that makes a list that took too long shorter. */
export const adviceFor = ({ role }: Actor, { q, status, customer_id, technician_id }: TicketFilter): string => {
  if (q !== undefined) return 'Search for rarer words, or for part of the time with `raised_from` and `raised_to`.'
  if (status === undefined) return 'Filter by `status`, too.'
  if (role !== 'admin') return 'Filter by part of the time, with `raised_from` and `raised_to`.'
  if (customer_id === undefined) return 'Filter by `customer_id`, too.'
  if (technician_id === undefined) return 'Filter by `technician_id`, too.'
  return 'Filter by part of the time, with `raised_from` and `raised_to`.'
}

/** The time to restore tickets, which only the list of deleted tickets asks for. */
export const deletedDaysOf = async (app: App, { tenantId }: Actor, { deleted }: TicketFilter): Promise<number> =>
  deleted === true ? (await settingsOf(app, tenantId)).deleted_days : app.config.DELETED_DAYS

/**
 * A page of the tickets that the actor sees.
 * @throws AppError `validation_failed` for somebody who names a filter that is not for them; `query_too_broad` after
 * `LIST_TIMEOUT_MS`.
 */
export const listVisibleTickets = async (
  app: App,
  actor: Actor,
  filter: TicketFilter,
  sort: TicketSort,
  page: PageRequest<TicketKey>,
): Promise<PageOf<ListedTicket>> => {
  refuseFiltersOfOthers(actor, filter)
  // Read in a statement of its own, so that the list sees everything that was committed until then.
  const settledBefore = sort === 'updated_at' ? await readSettledTime(app.pool) : null
  const reading = listTickets(app.pool, actor, withOwnId(actor, filter), sort, page, {
    timeoutMs: app.config.LIST_TIMEOUT_MS,
    conditions: app.conditions,
    deletedDays: await deletedDaysOf(app, actor, filter),
    settledBefore,
  })
  const tickets = await refuseTooBroad(reading, adviceFor(actor, filter))
  const found = pageOf(tickets, page, sort, (ticket) => keyOf(ticket, sort))
  return { ...found, rows: fitPage(found.rows, ['issue_description', 'resolution_summary']) }
}

/**
 * The tickets of one customer. The caller's own id needs no look: only customers have such ids.
 * @throws AppError `customer_not_found`, also when the actor may not see them.
 */
export const listTicketsOfCustomer = async (
  app: App,
  actor: User,
  customerId: string,
  filter: TicketFilter,
  sort: TicketSort,
  page: PageRequest<TicketKey>,
): Promise<PageOf<ListedTicket>> => {
  if (customerId !== actor.accountId) await getCustomer(app, actor, customerId)
  return listVisibleTickets(app, actor, { ...filter, customer_id: customerId }, sort, page)
}

/**
 * The tickets of one technician. The caller's own id needs no look, unless the technician is an admin by now.
 * @throws AppError `technician_not_found`, also when the actor may not see them.
 */
export const listTicketsOfTechnician = async (
  app: App,
  actor: User,
  technicianId: string,
  filter: TicketFilter,
  sort: TicketSort,
  page: PageRequest<TicketKey>,
): Promise<PageOf<ListedTicket>> => {
  const isOwn = actor.role === 'technician' && technicianId === actor.accountId
  if (!isOwn) await getTechnician(app.pool, actor, technicianId)
  return listVisibleTickets(app, actor, { ...filter, technician_id: technicianId }, sort, page)
}
