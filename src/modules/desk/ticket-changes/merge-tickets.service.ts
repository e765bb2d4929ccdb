import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { getFinalTarget } from '../tickets/conversations.service.ts'
import { requireWork } from '../tickets/ticket-access.service.ts'
import { refuseMerged } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { getTicketIn, lockVisiblePair } from '../tickets/tickets.service.ts'
import { countTicketsOfBoth, updateMergedInto } from './merge-tickets.queries.ts'

/** How many tickets a conversation may have. The limit bounds what reading the conversation costs. */
export const ticketsAtMost = 100

/**
 * Only a ticket that is not merged itself can be a target, and the target is locked. So merges never form a circle,
 * however many run at the same time. A refusal names the final target.
 */
const refuseTarget = async (tx: Tx, ticket: Ticket, into: Ticket, tenantId: number): Promise<void> => {
  if (into.merged_into !== null) {
    const finalTarget = await getFinalTarget(tx, tenantId, into.ticket_id)
    if (finalTarget === ticket.ticket_id) {
      throw new AppError('merge_circle', { detail: `${into.ticket_id} is merged into ${finalTarget} already.` })
    }
    throw new AppError('merge_target_merged', {
      detail: `${into.ticket_id} is itself merged. Its final target is ${finalTarget}: merge into ${finalTarget}.`,
      extra: { merged_into: finalTarget },
    })
  }
  if (into.customer_id !== ticket.customer_id) {
    throw new AppError('merge_across_customers', {
      detail: `${into.ticket_id} and ${ticket.ticket_id} have different customers. Link them as duplicates instead.`,
    })
  }
  if (into.status === 'closed') {
    throw new AppError('ticket_closed', {
      detail: `${into.ticket_id} is closed, so nobody would see the merged conversation.`,
    })
  }
  if ((await countTicketsOfBoth(tx, tenantId, ticket.ticket_id, into.ticket_id)) > ticketsAtMost) {
    throw new AppError('merge_too_large', { detail: `At most ${ticketsAtMost} tickets can be merged into one.` })
  }
}

/** Writes the edge, with an event in the history of both tickets. */
const moveEdge = (tx: Tx, act: Act<User>, ticket: Ticket, other: Ticket, into: string | null): Promise<Ticket> => {
  const { ticket_id: ticketId, merged_into: from, version } = ticket
  const [event, eventOfOther] =
    into === null ? (['ticket.unmerged', 'ticket.released'] as const) : (['ticket.merged', 'ticket.absorbed'] as const)
  return updateMergedInto(tx, act.actor, ticketId, into, other.ticket_id, [
    eventOf(act, event, ticketId, { version: version + 1, changes: { merged_into: { from, to: into } } }),
    eventOf(act, eventOfOther, other.ticket_id, { details: { ticket_id: ticketId } }),
  ])
}

/**
 * Merges a ticket into another of the same customer. Nothing is moved: the conversation goes on at the other ticket.
 * @throws AppError `ticket_not_found`, `forbidden`, `merge_into_itself`, `merge_target_unknown`, `ticket_merged`,
 * `merge_circle`, `merge_target_merged`, `merge_across_customers`, `ticket_closed`, `merge_too_large`.
 */
export const mergeTicket = (app: App, act: Act<User>, ticketId: string, into: string): Promise<Ticket> =>
  transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      const { ticket, other } = await lockVisiblePair(tx, actor, ticketId, into)
      requireWork(actor, ticket)
      if (into === ticketId) throw new AppError('merge_into_itself')
      const target = requireWork(actor, other, 'merge_target_unknown')
      refuseMerged(ticket)
      await refuseTarget(tx, ticket, target, actor.tenantId)
      return moveEdge(tx, act, ticket, target, into)
    },
    act.receipt,
  )

/**
 * Undoes a merge. The ticket is what it was, except for its version.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_not_merged`.
 */
export const unmergeTicket = (app: App, act: Act<User>, ticketId: string): Promise<Ticket> =>
  transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      const { merged_into } = await getTicketIn(tx, actor, ticketId)
      const targetId = merged_into ?? ticketId
      const { ticket, other: target } = await lockVisiblePair(tx, actor, ticketId, targetId)
      requireWork(actor, ticket)
      // When the ticket was merged elsewhere before it was locked, the merge to undo no longer exists.
      if (ticket.merged_into !== targetId) throw new AppError('ticket_not_merged')
      // The actor works on the ticket but does not see its target, so they may not undo the merge.
      if (target === null) throw new AppError('forbidden')
      requireWork(actor, target)
      return moveEdge(tx, act, ticket, target, null)
    },
    act.receipt,
  )
