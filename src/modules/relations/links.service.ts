import type { App } from '../../platform/app-context.ts'
import type { Tx } from '../../platform/db/sql.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { AppError } from '../../platform/errors.ts'
import { insertEvents, type NewEvent } from '../../platform/events/events.ts'
import type { Act, User } from '../auth/actor.ts'
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
import type { Link, LinkKind, LinkNames, LinkSet } from './links.schemas.ts'
import { canRelate } from './relations.policy.ts'

/** How many links a ticket may have: they are read all at once. */
const linksAtMost = 200
/** How deep a parent may be: whoever looks for a circle reads a bounded number. */
const depthAtMost = 16

/** @throws AppError `ticket_not_found`, also when the actor may not see it. */
export const getLinks = async (app: App, actor: User, ticketId: string): Promise<LinkSet> => {
  await getTicket(app, actor, ticketId)
  return { links: await listLinks(app.pool, actor, ticketId) }
}

const isOpen = ({ status, merged_into }: Ticket): boolean =>
  status !== 'resolved' && status !== 'closed' && merged_into === null

/** Whether the link is there already. @throws AppError for why it cannot be. */
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
      throw new AppError('too_many_links', { detail: `${otherId} is below ${depthAtMost - 1} others already.` })
    }
    if (other.status === 'closed' && isOpen(ticket)) {
      throw new AppError('ticket_closed', { detail: `${otherId} is closed: it takes no open children.` })
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

/** Links are for staff, so is the news of them: in the history of both tickets. */
const newsOf = (act: Act<User>, type: string, kind: LinkKind, ticket: Ticket, other: Ticket): NewEvent[] => {
  const of = (subject: Ticket, seen: Link['kind'], ticket_id: string): NewEvent => ({
    tenantId: act.actor.tenantId,
    type,
    subjectId: subject.ticket_id,
    // A link leaves the ticket's version as it is, lest it makes somebody's change of the ticket stale.
    subjectVersion: null,
    actorId: act.actor.accountId,
    actorRole: act.actor.role,
    changes: {},
    details: { kind: seen, ticket_id, visibility: 'internal' },
    requestId: act.requestId,
  })
  return [of(ticket, kind, other.ticket_id), of(other, seenFromOther[kind], ticket.ticket_id)]
}

/** Locks both tickets and holds the actor against them; then says whether `change` changed anything, with its news. */
const changeLink = async (
  app: App,
  act: Act<User>,
  type: 'ticket.linked' | 'ticket.unlinked',
  { ticketId, kind, otherTicketId }: LinkNames,
  change: (tx: Tx, edge: Edge, ticket: Ticket, other: Ticket) => Promise<boolean>,
): Promise<LinkSet> => {
  const { actor } = act
  const links = await transaction(app.pool, async (tx) => {
    // Before any ticket: whoever holds a ticket and waits for this would hold up those who have it.
    if (type === 'ticket.linked' && kind === 'parent') await lockHierarchy(tx, actor.tenantId)
    const { ticket, other } = await lockVisiblePair(tx, actor, ticketId, otherTicketId)
    // What holds up one's own ticket one may take away, whoever has put it there.
    const mayRelate = canRelate(actor, ticket) || (type === 'ticket.unlinked' && canRelate(actor, other))
    if (!mayRelate) throw new AppError('forbidden')
    if (ticketId === otherTicketId) throw new AppError('link_to_itself')
    const isChanged = await change(tx, edgeOf(kind, ticketId, otherTicketId), ticket, other)
    if (isChanged) await insertEvents(tx, newsOf(act, type, kind, ticket, other))
    return listLinks(tx, actor, ticketId)
  })
  app.nudge()
  return { links }
}

/**
 * Links a ticket to another; again changes nothing.
 * @throws AppError `ticket_not_found` for either, `forbidden`, `link_to_itself`, `link_circle`, `parent_taken`,
 * `too_many_links`, `ticket_closed`.
 */
export const addLink = (app: App, act: Act<User>, names: LinkNames): Promise<LinkSet> =>
  changeLink(app, act, 'ticket.linked', names, async (tx, edge, ticket, other) => {
    if (await isLinked(tx, act.actor.tenantId, ticket, other, edge)) return false
    await insertLink(tx, act.actor, edge)
    return true
  })

/** Takes a link away; again changes nothing. @throws AppError `ticket_not_found` for either, `forbidden`. */
export const removeLink = (app: App, act: Act<User>, names: LinkNames): Promise<LinkSet> =>
  changeLink(
    app,
    act,
    'ticket.unlinked',
    names,
    async (tx, edge) => (await deleteLink(tx, act.actor.tenantId, edge)) > 0,
  )
