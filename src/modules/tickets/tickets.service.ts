import type { App } from '../../platform/app-context.ts'
import type { Tx } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { AppError } from '../../platform/errors.ts'
import { insertEvents } from '../../platform/events/events.ts'
import { type PageOf, type PageRequest, pageOf } from '../../platform/paging.ts'
import { numberOf } from '../../platform/schemas.ts'
import type { Act, Actor, User } from '../auth/actor.ts'
import { getCustomer } from '../customers/customers.service.ts'
import { getTechnician, lockAssignable } from '../technicians/technicians.service.ts'
import { lockVisibleTicket, writePlan } from './changes.service.ts'
import { refuseOpenChildren } from './closing.service.ts'
import { listMergedInto, lockTickets } from './merging.queries.ts'
import { planChange, refuseMerged } from './tickets.lifecycle.ts'
import { canReopenOrClose, forbiddenMembers } from './tickets.policy.ts'
import { findTicket, listChangesSince, listTickets, markTicketDeleted } from './tickets.queries.ts'
import type { Ticket, TicketChange, TicketFilter, TicketKey, TicketSort } from './tickets.schemas.ts'

/** @throws AppError `ticket_not_found`, also when the actor may not see it. */
export const getTicket = async (app: App, actor: Actor, ticketId: string): Promise<Ticket> => {
  const ticket = await findTicket(app.pool, actor, ticketId)
  if (ticket === null) throw new AppError('ticket_not_found')
  return ticket
}

/** How many tickets a refusal names. */
const namedAtMost = 20

const rank = { low: 1, normal: 2, high: 3, urgent: 4 }

const keyOf = (ticket: Ticket, sort: TicketSort): TicketKey => {
  const value =
    sort === '-priority' ? rank[ticket.priority] : sort === '-updated_at' ? ticket.updated_at : ticket.raised_date
  return [value, numberOf(ticket.ticket_id)]
}

/**
 * Holds two tickets until the transaction ends, whichever has the smaller number first.
 * @throws AppError `ticket_not_found` when the actor may not see either.
 */
export const lockVisiblePair = async (
  tx: Tx,
  actor: Actor,
  ticketId: string,
  otherId: string,
): Promise<{ ticket: Ticket; other: Ticket }> => {
  const tickets = await lockTickets(tx, actor, [ticketId, otherId])
  const ticket = tickets.find(({ ticket_id }) => ticket_id === ticketId)
  const other = tickets.find(({ ticket_id }) => ticket_id === otherId)
  if (ticket === undefined || other === undefined) throw new AppError('ticket_not_found')
  return { ticket, other }
}

/** Whoever does not see tags does not find by them either. */
const refuseTagFilter = ({ role }: Actor, { tag }: TicketFilter): void => {
  if (role !== 'customer' || tag === undefined) return
  const error = { field: 'tag', message: 'is not known here', code: 'unknown_member' }
  throw new AppError('validation_failed', { detail: `${error.field}: ${error.message}`, errors: [error] })
}

/** A page of the tickets that the actor sees. @throws AppError `validation_failed` for a customer who names a tag. */
export const listVisibleTickets = async (
  app: App,
  actor: Actor,
  filter: TicketFilter,
  sort: TicketSort,
  page: PageRequest<TicketKey>,
): Promise<PageOf<Ticket>> => {
  refuseTagFilter(actor, filter)
  return pageOf(await listTickets(app.pool, actor, filter, sort, page), page, sort, (ticket) => keyOf(ticket, sort))
}

/** The tickets of one customer. @throws AppError `customer_not_found`, also when the actor may not see them. */
export const listTicketsOfCustomer = async (
  app: App,
  actor: User,
  customerId: string,
  filter: TicketFilter,
  sort: TicketSort,
  page: PageRequest<TicketKey>,
): Promise<PageOf<Ticket>> => {
  await getCustomer(app, actor, customerId)
  return listVisibleTickets(app, actor, { ...filter, customer_id: customerId }, sort, page)
}

/** The tickets of one technician. @throws AppError `technician_not_found`, also when the actor may not see them. */
export const listTicketsOfTechnician = async (
  app: App,
  actor: User,
  technicianId: string,
  filter: TicketFilter,
  sort: TicketSort,
  page: PageRequest<TicketKey>,
): Promise<PageOf<Ticket>> => {
  await getTechnician(app.pool, actor, technicianId)
  return listVisibleTickets(app, actor, { ...filter, technician_id: technicianId }, sort, page)
}

const refuseStale = async (tx: Tx, ticket: Ticket, actor: User, version: number, members: string[]): Promise<void> => {
  if (ticket.version === version) return
  const changed = await listChangesSince(tx, actor.tenantId, ticket.ticket_id, version)
  const overlaps = changed.some(({ field }) => members.includes(field))
  throw new AppError('stale_version', {
    detail: `The ticket is at version ${ticket.version}, not ${version}.`,
    extra: { current_version: ticket.version, changed, overlaps },
    headers: { ETag: `"${ticket.version}"` },
  })
}

/** The one way a ticket changes: lock, version, policy, plan, write, news; all of it or nothing. */
const changeTicket = async (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  ifMatch: number | null,
  change: TicketChange,
  refuse: (ticket: Ticket) => void,
): Promise<Ticket> => {
  const { actor } = act
  const ticket = await lockVisibleTicket(tx, actor, ticketId)
  refuse(ticket)
  if (ifMatch !== null) await refuseStale(tx, ticket, actor, ifMatch, Object.keys(change))
  refuseMerged(ticket)
  const plan = planChange(ticket, change)
  const { state } = plan
  if (plan.news.length === 0) return ticket
  if (state.status === 'closed' && ticket.status !== 'closed') await refuseOpenChildren(tx, actor, ticketId)
  const isGiven = state.technician_id !== null && state.technician_id !== ticket.technician_id
  if (isGiven && !(await lockAssignable(tx, actor.tenantId, state.technician_id ?? ''))) {
    throw new AppError('technician_unavailable')
  }
  return writePlan(tx, act, ticketId, plan)
}

/**
 * Changes a ticket. `ifMatch` is the version the change is meant for.
 * @throws AppError `ticket_not_found`, `forbidden`, `stale_version`, `ticket_merged`, `children_open`,
 * `technician_unavailable`, and what `planChange` refuses.
 */
export const updateTicket = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  ifMatch: number | null,
  change: TicketChange,
): Promise<Ticket> => {
  const ticket = await transaction(app.pool, (tx) =>
    changeTicket(tx, act, ticketId, ifMatch, change, (current) => {
      const forbidden = forbiddenMembers(act.actor, current, change)
      if (forbidden.length > 0) {
        throw new AppError('forbidden', { detail: `You may not change ${forbidden.join(', ')} of this ticket.` })
      }
    }),
  )
  app.nudge()
  return ticket
}

/**
 * Moves a resolved ticket back to work, or closes it.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_merged`, `ticket_closed`, `illegal_transition`,
 * `children_open`.
 */
export const reopenOrCloseTicket = async (
  app: App,
  act: Act<User>,
  ticketId: string,
  status: 'in_progress' | 'closed',
): Promise<Ticket> => {
  const ticket = await transaction(
    app.pool,
    (tx) =>
      changeTicket(tx, act, ticketId, null, { status }, (current) => {
        if (!canReopenOrClose(act.actor, current)) throw new AppError('forbidden')
        refuseMerged(current)
        const isPossible = current.status === 'resolved' || current.status === 'closed'
        if (isPossible && current.status !== status) return
        const code = current.status === 'closed' ? 'ticket_closed' : 'illegal_transition'
        const { status: from } = current
        throw new AppError(code, {
          detail: `A ticket cannot move from ${from} to ${status}.`,
          extra: { from, to: status },
        })
      }),
    act.receipt,
  )
  app.nudge()
  return ticket
}

/** Asked with the ticket's row held, so nothing is merged into it any more. */
const refuseAbsorbing = async (tx: Tx, actor: User, ticketId: string): Promise<void> => {
  const merged = await listMergedInto(tx, actor.tenantId, ticketId, namedAtMost)
  if (merged.length === 0) return
  throw new AppError('ticket_has_merged', {
    detail: `Undo the merges first: ${merged.join(', ')} into ${ticketId}.`,
    errors: merged.map((id) => ({ field: id, message: `is merged into ${ticketId}`, code: 'merged' })),
  })
}

/**
 * Takes a ticket out of every list and answer; the audit keeps it and its number is never given again.
 * @throws AppError `ticket_not_found`, `ticket_has_merged`: what was said in others would go with it.
 */
export const deleteTicket = async (app: App, act: Act<User>, ticketId: string): Promise<void> => {
  const { actor } = act
  await transaction(app.pool, async (tx) => {
    await lockVisibleTicket(tx, actor, ticketId)
    const deleted = await markTicketDeleted(tx, actor, ticketId)
    await refuseAbsorbing(tx, actor, ticketId)
    await insertEvents(tx, [
      {
        tenantId: actor.tenantId,
        type: 'ticket.deleted',
        subjectId: deleted.ticket_id,
        subjectVersion: deleted.version,
        actorId: actor.accountId,
        actorRole: actor.role,
        changes: {},
        details: {},
        requestId: act.requestId,
      },
    ])
  })
  app.nudge()
}
