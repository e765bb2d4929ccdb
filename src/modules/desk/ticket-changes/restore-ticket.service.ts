import type { LinkKind } from '../../../contract/enums.ts'
import { type Warning, withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { lockAssignableAmong } from '../../identity/technicians/technicians.service.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
import { lockHierarchy } from '../links/hierarchy.service.ts'
import { type LinksLeft, restoreLinks } from '../links/restored-links.service.ts'
import { getFinalTarget } from '../tickets/conversations.service.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { getTicketIn } from '../tickets/tickets.service.ts'
import { refuseTooManyWatchers } from '../tickets/watchers.service.ts'
import { countTickets } from './merge-tickets.queries.ts'
import { ticketsAtMost } from './merge-tickets.service.ts'
import {
  type HeldTicket,
  listTechniciansOfDeleted,
  lockForRestoring,
  markTicketsRestored,
  unassignRestored,
} from './restore-ticket.queries.ts'

/** How many links a warning names. */
const namedAtMost = 20

/** The ticket to restore and the ticket that it is merged into, both locked. */
interface Restoring {
  ticket: HeldTicket
  target: HeldTicket | null
}

/** @throws AppError `ticket_not_found`, `ticket_not_deleted`, `ticket_gone`, `ticket_target_deleted`. */
const requireRestorable = (held: HeldTicket[], ticketId: string, days: number): Restoring => {
  const ticket = held.find(({ ticket_id }) => ticket_id === ticketId)
  if (ticket === undefined) throw new AppError('ticket_not_found')
  if (!ticket.is_deleted) throw new AppError('ticket_not_deleted')
  const target = held.find(({ ticket_id }) => ticket_id === ticket.merged_into) ?? null
  if (ticket.is_gone) {
    throw new AppError('ticket_gone', { detail: `${ticketId} could be restored for ${days} days. Its files are gone.` })
  }
  if (target?.is_deleted) {
    const first = ticket.deleted_with ?? target.deleted_with ?? target.ticket_id
    throw new AppError('ticket_target_deleted', {
      detail: `${ticketId} is merged into ${target.ticket_id}, which is deleted, too. Restore ${first} first.`,
    })
  }
  return { ticket, target }
}

/** @throws AppError `merge_too_large` when the conversation would have too many tickets. */
const refuseTooLarge = async (tx: Tx, { tenantId }: User, targetId: string, count: number): Promise<void> => {
  const finalTarget = await getFinalTarget(tx, tenantId, targetId)
  // A deleted ticket is not part of the conversation yet.
  if ((await countTickets(tx, tenantId, [finalTarget])) + count <= ticketsAtMost) return
  throw new AppError('merge_too_large', {
    detail: `At most ${ticketsAtMost} tickets can be merged into one: undo a merge into ${finalTarget} first.`,
  })
}

const phrases: Record<LinkKind, string> = {
  parent: 'with the parent',
  related: 'related to',
  duplicate: 'a duplicate of',
}

const listOf = (links: LinksLeft['lost']): string => {
  const named = links.slice(0, namedAtMost).map(({ kind, ticket_id, other_id }) => {
    return `${ticket_id} ${phrases[kind]} ${other_id}`
  })
  if (links.length > namedAtMost) named.push(`${links.length - namedAtMost} more`)
  return named.join(', ')
}

const warningsOf = ({ lost, waiting }: LinksLeft): Warning[] => {
  const left = [
    ...(lost.length > 0 ? [`These links could not come back: ${listOf(lost)}.`] : []),
    ...(waiting.length > 0 ? [`These links come back with their other ticket: ${listOf(waiting)}.`] : []),
  ]
  return left.length > 0 ? [{ code: 'links_not_restored', detail: left.join(' ') }] : []
}

/** Restores locked tickets with their links. */
const restoreHeld = async (
  tx: Tx,
  act: Act<User>,
  { ticket, target }: Restoring,
  numbers: number[],
): Promise<Warning[]> => {
  const { actor } = act
  if (target !== null) await refuseTooLarge(tx, actor, target.ticket_id, numbers.length)
  const [version, details] = [ticket.version + 1, { tickets: numbers.length }]
  await markTicketsRestored(tx, actor, numbers, eventOf(act, 'ticket.restored', ticket.ticket_id, { version, details }))
  if (target !== null) await refuseTooManyWatchers(tx, actor, ticket.ticket_id)
  return warningsOf(await restoreLinks(tx, actor.tenantId, numbers))
}

/**
 * Restores a deleted ticket, with the tickets that were deleted with it, their tags and their links. Unresolved tickets
 * of technicians who have been deactivated go back to `new`. The answer names the links that could not come back.
 * @throws AppError `ticket_not_found`; `ticket_not_deleted`; `ticket_gone` after `deleted_days`;
 * `ticket_target_deleted` when the ticket is merged into a deleted one; `merge_too_large`, `too_many_watchers`.
 */
export const restoreTicket = async (app: App, act: Act<User>, ticketId: string): Promise<Ticket> => {
  const { deleted_days: days } = await settingsOf(app, act.actor.tenantId)
  return transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      // The hierarchy and the technicians are locked before the tickets, as by a new parent and by a deactivation.
      // Nobody deletes or restores while the hierarchy is locked, so the deleted tickets stay as they are.
      await lockHierarchy(tx, actor.tenantId)
      const technicians = await listTechniciansOfDeleted(tx, actor, ticketId)
      const active = await lockAssignableAmong(tx, actor.tenantId, technicians)
      const held = await lockForRestoring(tx, actor, ticketId, days)
      const restoring = requireRestorable(held, ticketId, days)
      const numbers = held
        .filter(({ ticket_id, deleted_with }) => ticket_id === ticketId || deleted_with === ticketId)
        .map(({ ticket_number }) => ticket_number)
      const warnings = await restoreHeld(tx, act, restoring, numbers)
      const left = technicians.filter((id) => !active.has(id))
      if (left.length > 0) await unassignRestored(tx, act, numbers, left)
      return withWarnings(await getTicketIn(tx, actor, ticketId), warnings)
    },
    act.receipt,
  )
}
