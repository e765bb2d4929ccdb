import type { LinkKind } from '../../../contract/enums.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, type NewEvent, recordEvents } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { type Conversation, lockConversations } from '../tickets/conversations.service.ts'
import { requireWork } from '../tickets/ticket-access.service.ts'
import { isUnresolved } from '../tickets/tickets.lifecycle.ts'
import { workAccess } from '../tickets/tickets.policy.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { getTicket } from '../tickets/tickets.service.ts'
import { countLinks } from './hierarchy.queries.ts'
import { isAbove, lockHierarchy, refuseTooDeepChild } from './hierarchy.service.ts'
import { deleteLink, type Edge, edgeOf, findSurroundings, insertLink, listLinks } from './links.queries.ts'
import { type Link, type LinkNames, type LinkSet, linksAtMost } from './links.schemas.ts'

/**
 * The links of a ticket.
 * @throws AppError `ticket_not_found`, also when the actor may not see it.
 */
export const getLinks = async (app: App, actor: User, ticketId: string): Promise<LinkSet> => {
  await getTicket(app, actor, ticketId)
  return { links: await listLinks(app.pool, actor, ticketId, linksAtMost) }
}

/** A parent, and a child, read through their merges. @throws AppError with the reason when they cannot be linked. */
const refuseParent = async (tx: Tx, actor: User, child: Conversation, parent: Conversation): Promise<void> => {
  const [id, otherId] = [child.ticket.ticket_id, parent.ticket.ticket_id]
  if (await isAbove(tx, actor, child.finalTarget.ticket_id, parent.finalTarget.ticket_id)) {
    throw new AppError('link_circle', { detail: `${otherId} is below ${id} already.` })
  }
  if (parent.finalTarget.status === 'closed' && isUnresolved(child.finalTarget.status)) {
    throw new AppError('ticket_closed', {
      detail: `${parent.finalTarget.ticket_id} is closed, so it cannot get an open child.`,
    })
  }
  await refuseTooDeepChild(tx, actor.tenantId, child.finalTarget.ticket_id, parent.finalTarget.ticket_id)
}

/** Whether the link exists already. @throws AppError with the reason when the link cannot be made. */
const isLinked = async (
  tx: Tx,
  actor: User,
  pair: { own: Conversation; other: Conversation },
  edge: Edge,
): Promise<boolean> => {
  const found = await findSurroundings(tx, actor, edge)
  if (found.is_there) return true
  const { own, other } = pair
  const [id, otherId] = [own.ticket.ticket_id, other.ticket.ticket_id]
  if (own.finalTarget.ticket_id === other.finalTarget.ticket_id) {
    throw new AppError('link_to_itself', { detail: `${id} and ${otherId} are merged, so they are one conversation.` })
  }
  if (edge.kind === 'duplicate' && found.is_opposite_there) {
    throw new AppError('link_circle', { detail: `${otherId} is a duplicate of ${id} already.` })
  }
  if (edge.kind === 'parent') {
    if (found.has_parent) {
      const { parent } = found
      throw new AppError('parent_taken', { detail: parent === null ? undefined : `The parent of ${id} is ${parent}.` })
    }
    await refuseParent(tx, actor, own, other)
  }
  for (const { finalTarget } of [own, other]) {
    if ((await countLinks(tx, actor.tenantId, finalTarget.ticket_id)) >= linksAtMost) {
      throw new AppError('too_many_links', { detail: `A ticket has at most ${linksAtMost} links.` })
    }
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

/**
 * Locks both tickets and their final targets. Nobody merges while the hierarchy is locked, so the final targets stay.
 * @throws AppError `ticket_not_found` when the actor does not see one of them.
 */
const lockBoth = async (tx: Tx, actor: User, ticketId: string, otherId: string) => {
  await lockHierarchy(tx, actor.tenantId)
  const conversations = await lockConversations(tx, actor, [ticketId, otherId])
  const find = (id: string): Conversation => requireRead(conversations.get(id), 'ticket_not_found')
  return { own: find(ticketId), other: find(otherId) }
}

/**
 * Links a ticket to another. A second call changes nothing.
 * @throws AppError `ticket_not_found` for either, `forbidden`, `link_to_itself`, `link_circle`, `parent_taken`,
 * `too_many_links`, `ticket_closed`.
 */
export const addLink = (app: App, act: Act<User>, { ticketId, kind, otherTicketId }: LinkNames): Promise<LinkSet> =>
  transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      const { own, other } = await lockBoth(tx, actor, ticketId, otherTicketId)
      requireWork(actor, own.finalTarget)
      if (ticketId === otherTicketId) throw new AppError('link_to_itself')
      const edge = edgeOf(kind, ticketId, otherTicketId)
      if (!(await isLinked(tx, actor, { own, other }, edge))) {
        await insertLink(tx, actor, edge, linkEvents(act, 'ticket.linked', kind, own.ticket, other.ticket))
      }
      return { links: await listLinks(tx, actor, ticketId, linksAtMost) }
    },
    act.receipt,
  )

/**
 * Removes a link. A second call changes nothing.
 * @throws AppError `ticket_not_found` for either, `forbidden`, `link_to_itself`.
 */
export const removeLink = (app: App, act: Act<User>, { ticketId, kind, otherTicketId }: LinkNames): Promise<LinkSet> =>
  transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      const { own, other } = await lockBoth(tx, actor, ticketId, otherTicketId)
      // A link can keep both tickets from closing, so those who work on either may remove it.
      requireWork(actor, workAccess(actor, other.finalTarget) === 'write' ? other.finalTarget : own.finalTarget)
      if (ticketId === otherTicketId) throw new AppError('link_to_itself')
      const removed = await deleteLink(tx, actor.tenantId, edgeOf(kind, ticketId, otherTicketId))
      if (removed > 0) await recordEvents(tx, linkEvents(act, 'ticket.unlinked', kind, own.ticket, other.ticket))
      return { links: await listLinks(tx, actor, ticketId, linksAtMost) }
    },
    act.receipt,
  )
