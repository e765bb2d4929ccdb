import type { Visibility } from '../../../contract/enums.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { differenceOf, queueLeft } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import type { Undo } from '../tickets/undoable.schemas.ts'
import { restoreMembers } from './undo-change.queries.ts'

/** A comment that was taken back with its change. */
interface TakenBack {
  comment_id: string
  ticket_id: string
  visibility: Visibility
}

/** How the event names a comment. The internal one that said why a technician changed is nothing for customers. */
const detailsOf = (ticket: Ticket, comment: TakenBack | null, hasChanges: boolean) => {
  if (comment === null) return {}
  const { comment_id, visibility } = comment
  if (visibility === 'internal' && hasChanges) return { note_id: comment_id }
  return {
    comment_id,
    ...(comment.ticket_id === ticket.ticket_id ? {} : { ticket_id: comment.ticket_id }),
    ...(visibility === 'internal' ? { visibility } : {}),
  }
}

/**
 * Gives a locked ticket, which nobody has changed since, the members that it had before a change, with one event that
 * says which. The version goes on, and never back, so nobody overwrites what they have not read.
 */
export const takeBackChange = async (
  tx: Tx,
  act: Act<User>,
  ticket: Ticket,
  { undoId, before, comment }: Pick<Undo, 'before'> & { undoId: string; comment: TakenBack | null },
): Promise<void> => {
  const { first_response_at: responded } = ticket
  const moved = differenceOf(ticket, { ...ticket, ...before })
  const changes = {
    ...moved,
    ...(responded === before.first_response_at
      ? {}
      : { first_response_at: { from: responded, to: before.first_response_at } }),
  }
  const left = queueLeft(ticket, { ...ticket, ...before })
  const details = { undo_id: undoId, ...left, ...detailsOf(ticket, comment, Object.keys(changes).length > 0) }
  const version = Object.keys(moved).length > 0 ? { version: ticket.version + 1 } : {}
  const event = eventOf(act, 'ticket.change_undone', ticket.ticket_id, { ...version, changes, details })
  await restoreMembers(tx, ticket.ticket_id, before, event)
}
