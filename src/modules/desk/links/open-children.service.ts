import type { Warning } from '../../../contract/warnings.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { isUnresolved } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { findClosedParents, findOpenChildren } from './open-children.queries.ts'

/** How many children a refusal names. */
const namedAtMost = 20

const wayOut = ({ role }: Actor): string =>
  role === 'customer' ? 'The desk closes them first.' : 'Close them first, or remove their links to their parent.'

/**
 * Refuses to close a parent while children are open. The caller has locked the parent, and linking a child locks the
 * parent, too, so no child can be linked in between. The children are not locked, because a child may be reopened at
 * any time, also after its parent was closed.
 * @throws AppError `children_open`. It names the children that the actor may see, and does not tell the number of
 * others.
 */
export const refuseOpenChildren = async (tx: Tx, actor: Actor, ticketId: string): Promise<void> => {
  const { has_open, named } = await findOpenChildren(tx, actor, ticketId, namedAtMost)
  if (!has_open) return
  throw new AppError('children_open', {
    detail: `${named.length > 0 ? `Still open: ${named.join(', ')}.` : 'Tickets that belong to it are still open.'} ${wayOut(actor)}`,
    errors: named.map((id) => ({ field: id, message: 'is still open', code: 'open' })),
  })
}

/**
 * Refuses a merge that would make a done child of a closed parent an open one, as a new link of the two would be
 * refused. The caller has locked both tickets and their parents. An open child of a closed parent was reopened, and may
 * be merged.
 * @throws AppError `ticket_closed`. It names the parents that the actor may see.
 */
export const refuseClosedParents = async (tx: Tx, actor: Actor, ticket: Ticket, into: Ticket): Promise<void> => {
  if (isUnresolved(ticket.status) || !isUnresolved(into.status)) return
  const { has_closed, named } = await findClosedParents(tx, actor, ticket.ticket_id, into.ticket_id, namedAtMost)
  if (!has_closed) return
  const parents = named.length > 0 ? `${named.join(', ')}, which is closed` : 'another ticket, which is closed'
  throw new AppError('ticket_closed', {
    detail:
      `The parent of ${ticket.ticket_id} is ${parents}, so it cannot get the open child ${into.ticket_id}. ` +
      'Remove that link first.',
    errors: named.map((id) => ({ field: id, message: 'is closed', code: 'closed' })),
  })
}

/** What is odd about a ticket that is no longer merged: it, or a child of it, is open while the parent is closed. */
export const warnOfClosedParents = async (
  tx: Tx,
  actor: Actor,
  { ticket_id: id, status }: Ticket,
): Promise<Warning[]> => {
  const code = 'parent_closed'
  if (isUnresolved(status)) {
    const { has_closed, named } = await findClosedParents(tx, actor, id, null, namedAtMost)
    const parents = named.length > 0 ? `: ${named.join(', ')}` : ''
    return has_closed ? [{ code, detail: `${id} is open, and its parent is closed${parents}.` }] : []
  }
  if (status !== 'closed') return []
  const { has_open, named } = await findOpenChildren(tx, actor, id, namedAtMost)
  const children = named.length > 0 ? `: ${named.join(', ')}` : ''
  return has_open ? [{ code, detail: `${id} is closed, and children of it are open${children}.` }] : []
}
