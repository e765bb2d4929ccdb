import type { LinkKind } from '../../../contract/enums.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, type NewEvent, recordEvents } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { requireWork } from '../tickets/ticket-access.service.ts'
import { isUnresolved } from '../tickets/tickets.lifecycle.ts'
import { workAccess } from '../tickets/tickets.policy.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { getTicket, lockVisiblePair } from '../tickets/tickets.service.ts'
import {
  deleteLink,
  type Edge,
  edgeOf,
  findSurroundings,
  insertLink,
  listLinks,
  lockHierarchy,
} from './links.queries.ts'
import { depthAtMost, type Link, type LinkNames, type LinkSet, linksAtMost } from './links.schemas.ts'

/**
 * The links of a ticket.
 * @throws AppError `ticket_not_found`, also when the actor may not see it.
 */
export const getLinks = async (app: App, actor: User, ticketId: string): Promise<LinkSet> => {
  await getTicket(app, actor, ticketId)
  return { links: await listLinks(app.pool, actor, ticketId) }
}

const isOpen = ({ status, merged_into }: Ticket): boolean => isUnresolved(status) && merged_into === null

/** Whether the link exists already. @throws AppError with the reason when the link cannot be made. */
const isLinked = async (tx: Tx, tenantId: number, ticket: Ticket, other: Ticket, edge: Edge): Promise<boolean> => {
  const found = await findSurroundings(tx, tenantId, edge, depthAtMost)
  if (found.is_there) return true
  const [id, otherId] = [ticket.ticket_id, other.ticket_id]
  if (edge.kind === 'duplicate' && found.is_opposite_there) {
    throw new AppError('link_circle', { detail: `${otherId} is a duplicate of ${id} already.` })
  }
  if (edge.kind === 'parent') {
    if (found.parent !== null) {
      throw new AppError('parent_taken', { detail: `The parent of ${id} is ${found.parent}.` })
    }
    if (found.is_below) {
      throw new AppError('link_circle', { detail: `${otherId} is below ${id} already.` })
    }
    if (found.depth >= depthAtMost) {
      throw new AppError('too_many_links', { detail: `${otherId} has ${depthAtMost - 1} tickets above it already.` })
    }
    if (other.status === 'closed' && isOpen(ticket)) {
      throw new AppError('ticket_closed', { detail: `${otherId} is closed, so it cannot get an open child.` })
    }
  }
  if (found.count >= linksAtMost) {
    throw new AppError('too_many_links', { detail: `A ticket has at most ${linksAtMost} links.` })
  }
  return false
}

const seenFromOther: Record<LinkKind, Link['kind']> = {
  parent: 'child',
  related: 'related',
  duplicate: 'duplicated_by',
}

/**
 * The events of a link, one in the history of each ticket, for the staff only. They leave the tickets' versions as they
 * are.
 */
const linkEvents = (
  act: Act<User>,
  type: 'ticket.linked' | 'ticket.unlinked',
  kind: LinkKind,
  { ticket_id: id }: Ticket,
  { ticket_id: otherId }: Ticket,
): NewEvent[] => [
  eventOf(act, type, id, { details: { kind, ticket_id: otherId, visibility: 'internal' } }),
  eventOf(act, type, otherId, { details: { kind: seenFromOther[kind], ticket_id: id, visibility: 'internal' } }),
]

/** Locks both tickets. @throws AppError `ticket_not_found` when the actor does not see one of them. */
const lockBoth = async (tx: Tx, actor: User, ticketId: string, otherId: string) => {
  const { ticket, other } = await lockVisiblePair(tx, actor, ticketId, otherId)
  return { ticket, other: requireRead(other, 'ticket_not_found') }
}

/**
 * Links a ticket to another. A second call changes nothing.
 * @throws AppError `ticket_not_found` for either, `forbidden`, `link_to_itself`, `link_circle`, `parent_taken`,
 * `too_many_links`, `ticket_closed`.
 */
export const addLink = (app: App, act: Act<User>, { ticketId, kind, otherTicketId }: LinkNames): Promise<LinkSet> =>
  transaction(app.pool, async (tx) => {
    const { actor } = act
    // The hierarchy is locked before the tickets. Otherwise two transactions could wait for each other: one for the
    // hierarchy, the other for a ticket.
    if (kind === 'parent') await lockHierarchy(tx, actor.tenantId)
    const { ticket, other } = await lockBoth(tx, actor, ticketId, otherTicketId)
    requireWork(actor, ticket)
    if (ticketId === otherTicketId) throw new AppError('link_to_itself')
    const edge = edgeOf(kind, ticketId, otherTicketId)
    if (!(await isLinked(tx, actor.tenantId, ticket, other, edge))) {
      await insertLink(tx, actor, edge, linkEvents(act, 'ticket.linked', kind, ticket, other))
    }
    return { links: await listLinks(tx, actor, ticketId) }
  })

/**
 * Removes a link. A second call changes nothing.
 * @throws AppError `ticket_not_found` for either, `forbidden`, `link_to_itself`.
 */
export const removeLink = (app: App, act: Act<User>, { ticketId, kind, otherTicketId }: LinkNames): Promise<LinkSet> =>
  transaction(app.pool, async (tx) => {
    const { actor } = act
    const { ticket, other } = await lockBoth(tx, actor, ticketId, otherTicketId)
    // A link can keep both tickets from closing, so those who work on either may remove it.
    requireWork(actor, workAccess(actor, other) === 'write' ? other : ticket)
    if (ticketId === otherTicketId) throw new AppError('link_to_itself')
    const removed = await deleteLink(tx, actor.tenantId, edgeOf(kind, ticketId, otherTicketId))
    if (removed > 0) await recordEvents(tx, linkEvents(act, 'ticket.unlinked', kind, ticket, other))
    return { links: await listLinks(tx, actor, ticketId) }
  })
