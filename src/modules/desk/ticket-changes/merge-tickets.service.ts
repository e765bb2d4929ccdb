import { type Warning, withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { retryingBusyAccounts } from '../../identity/technicians/busy-accounts.ts'
import { lockTechnicians } from '../../identity/technicians/technicians.service.ts'
import {
  depthThrough,
  lockHierarchy,
  refuseParentCircle,
  refuseTooDeep,
  refuseTooManyLinks,
} from '../links/hierarchy.service.ts'
import { refuseClosedParents, warnOfClosedParents } from '../links/open-children.service.ts'
import { getFinalTarget } from '../tickets/conversations.service.ts'
import { requireWork } from '../tickets/ticket-access.service.ts'
import { isUnresolved, planChange, refuseMerged } from '../tickets/tickets.lifecycle.ts'
import { seenBy } from '../tickets/tickets.policy.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { findVisibleTicket, getTicketIn } from '../tickets/tickets.service.ts'
import { refuseTooManyWatchers } from '../tickets/watchers.service.ts'
import {
  countTickets,
  deleteWatcherByMerge,
  findTraces,
  insertWatcherByMerge,
  lockWithMerged,
  updateMergedInto,
} from './merge-tickets.queries.ts'
import { writePlan } from './write-plan.service.ts'

/** How many tickets a conversation may have. The limit bounds what reading the conversation costs. */
export const ticketsAtMost = 100

/** The name of the condition on an event that another module gives: mails of the event were handed over. */
export const mailedEvent = 'mailed_event'

/** The refusal of a closed target, with the way to go on. */
const closedTarget = (actor: User, { ticket_id: id, customer_id }: Ticket): AppError => {
  const who = actor.role === 'admin' ? 'Create' : 'The customer or an admin can create'
  return new AppError('ticket_closed', {
    detail:
      `${id} is closed, so nobody would see the merged conversation. ${who} a ticket that follows it, and merge into ` +
      `that: POST /tickets with "follow_up_of": "${id}"${actor.role === 'admin' ? ` and "customer_id": "${customer_id}"` : ''}.`,
    extra: { follow_up_of: id },
  })
}

/**
 * Only a ticket that is not merged itself can be a target, and nobody else merges at the same time. So merges never
 * form a circle. A refusal names the final target, which everybody sees who sees the ticket.
 */
const refuseTarget = async (tx: Tx, actor: User, ticket: Ticket, into: Ticket): Promise<void> => {
  if (into.merged_into !== null) {
    const finalTarget = await getFinalTarget(tx, actor.tenantId, into.ticket_id)
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
  if (into.status === 'closed') throw closedTarget(actor, into)
  if ((await countTickets(tx, actor.tenantId, [ticket.ticket_id, into.ticket_id])) > ticketsAtMost) {
    throw new AppError('merge_too_large', { detail: `At most ${ticketsAtMost} tickets can be merged into one.` })
  }
}

/**
 * Locks two tickets with all that are merged into them. `other` is null when the actor does not see it. The hierarchy
 * is locked first, so neither the merges nor the links change meanwhile. A stranger is refused before any lock.
 * @throws AppError `ticket_not_found` for the first.
 */
const lockMerging = async (
  tx: Tx,
  actor: User,
  ticketId: string,
  otherOf: (ticket: Ticket) => string,
): Promise<{ ticket: Ticket; other: Ticket | null }> => {
  await getTicketIn(tx, actor, ticketId)
  await lockHierarchy(tx, actor.tenantId)
  const otherId = otherOf(await getTicketIn(tx, actor, ticketId))
  const seen = await findVisibleTicket(tx, actor, otherId)
  await lockWithMerged(tx, actor.tenantId, seen === null ? [ticketId] : [ticketId, otherId])
  const ticket = await getTicketIn(tx, actor, ticketId)
  return { ticket, other: seen === null ? null : await findVisibleTicket(tx, actor, otherId) }
}

/** The technician of a ticket, for the details of an event of another ticket. */
const technicianOf = ({ technician_id }: Ticket) => (technician_id === null ? {} : { technician_id })

/** Writes the edge of a merge, with an event in the history of both tickets. The details say what cannot be undone. */
const writeMerge = (tx: Tx, act: Act<User>, ticket: Ticket, target: Ticket, reopens: boolean): Promise<void> => {
  const { ticket_id: ticketId, technician_id, version } = ticket
  const reopened = reopens ? { reopened: true } : {}
  // Its technician watches the ticket from now on.
  return updateMergedInto(tx, act.actor.tenantId, ticketId, target.ticket_id, target.ticket_id, [
    eventOf(act, 'ticket.merged', ticketId, {
      version: version + 1,
      changes: { merged_into: { from: null, to: target.ticket_id } },
      details: { ...(technician_id === null ? seenBy(ticket) : {}), ...reopened },
    }),
    eventOf(act, 'ticket.absorbed', target.ticket_id, {
      details: { ticket_id: ticketId, ...technicianOf(ticket), ...reopened },
    }),
  ])
}

/** Reopens the target of a merge, as a comment of the customer would. One mail tells of the merge and of this. */
const reopenTarget = async (tx: Tx, act: Act<User>, target: Ticket, ticketId: string): Promise<void> => {
  const { state, events } = planChange(target, { status: 'in_progress' })
  const byMerge = events.map((event) => ({ ...event, details: { ...event.details, merged_ticket_id: ticketId } }))
  await writePlan(tx, act, target, { state, events: byMerge })
}

const mergeIn = async (tx: Tx, act: Act<User>, ticketId: string, into: string, first: string[]): Promise<Ticket> => {
  const { actor } = act
  // The hierarchy is locked before accounts, as by restoring.
  if (first.length > 0) await lockHierarchy(tx, actor.tenantId)
  await lockTechnicians(tx, actor.tenantId, first)
  const { ticket, other } = await lockMerging(tx, actor, ticketId, () => into)
  requireWork(actor, ticket)
  if (into === ticketId) throw new AppError('merge_into_itself')
  const target = requireWork(actor, other, 'merge_target_unknown')
  refuseMerged(ticket)
  await refuseTarget(tx, actor, ticket, target)
  await refuseClosedParents(tx, actor, ticket, target)
  const depths = [await depthThrough(tx, actor.tenantId, ticketId), await depthThrough(tx, actor.tenantId, into)]
  const reopens = isUnresolved(ticket.status) && target.status === 'resolved'
  await writeMerge(tx, act, ticket, target, reopens)
  if (ticket.technician_id !== null && ticket.technician_id !== target.technician_id) {
    await insertWatcherByMerge(tx, act, ticketId, ticket.technician_id)
  }
  if (reopens) await reopenTarget(tx, act, target, ticketId)
  await refuseParentCircle(tx, actor, into)
  await refuseTooDeep(tx, actor.tenantId, into, Math.max(...depths))
  await refuseTooManyLinks(tx, actor.tenantId, into)
  await refuseTooManyWatchers(tx, actor, into)
  return getTicketIn(tx, actor, ticketId)
}

/**
 * Merges a ticket into another of the same customer. Nothing is moved: everything is read through the edge, and the
 * conversation goes on at the other ticket. The technician of the ticket becomes a watcher. Merging an open ticket into
 * a resolved one reopens the latter.
 * @throws AppError `ticket_not_found`, `forbidden`, `merge_into_itself`, `merge_target_unknown`, `ticket_merged`,
 * `merge_circle`, `merge_target_merged`, `merge_across_customers`, `ticket_closed`, `merge_too_large`,
 * `parent_circle`, `too_many_links`, `too_many_watchers`.
 */
export const mergeTicket = (app: App, act: Act<User>, ticketId: string, into: string): Promise<Ticket> =>
  retryingBusyAccounts((first) => transaction(app.pool, (tx) => mergeIn(tx, act, ticketId, into, first), act.receipt))

/** What undoing a merge leaves as the merge made it. */
const warningsOf = async (app: App, tx: Tx, tenantId: number, ticketId: string, target: Ticket): Promise<Warning[]> => {
  const traces = await findTraces(tx, tenantId, ticketId, target.ticket_id, app.conditions[mailedEvent])
  const warnings: Warning[] = []
  if (traces?.reopened && isUnresolved(target.status)) {
    warnings.push({ code: 'stays_reopened', detail: `The merge reopened ${target.ticket_id}, which stays open.` })
  }
  if (traces?.is_mailed) {
    warnings.push({ code: 'mails_stay_sent', detail: 'The mails that told of the merge have been sent.' })
  }
  return warnings
}

/**
 * Undoes a merge. The ticket is what it was, except for its version; so is what is merged into it. The answer has
 * warnings of what stays.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_not_merged`, `parent_circle`, `too_many_links`.
 */
export const unmergeTicket = (app: App, act: Act<User>, ticketId: string): Promise<Ticket> =>
  transaction(
    app.pool,
    async (tx) => {
      const { actor } = act
      const { ticket, other } = await lockMerging(tx, actor, ticketId, (found) => found.merged_into ?? ticketId)
      requireWork(actor, ticket)
      if (ticket.merged_into === null) throw new AppError('ticket_not_merged')
      const target = requireWork(actor, other)
      const finalId = await getFinalTarget(tx, actor.tenantId, target.ticket_id)
      const mergedInto = finalId === target.ticket_id ? {} : { merged_into: finalId }
      await updateMergedInto(tx, actor.tenantId, ticketId, null, target.ticket_id, [
        eventOf(act, 'ticket.unmerged', ticketId, {
          version: ticket.version + 1,
          changes: { merged_into: { from: target.ticket_id, to: null } },
          details: seenBy(await getTicketIn(tx, actor, finalId)),
        }),
        eventOf(act, 'ticket.released', target.ticket_id, {
          details: { ticket_id: ticketId, ...technicianOf(ticket), ...mergedInto },
        }),
      ])
      await deleteWatcherByMerge(tx, act, ticketId, finalId)
      // Links that were made while both were one conversation can close a circle when they are two.
      await refuseParentCircle(tx, actor, ticketId)
      const warnings = await warningsOf(app, tx, actor.tenantId, ticketId, target)
      warnings.push(...(await warnOfClosedParents(tx, actor, ticket)))
      return withWarnings(await getTicketIn(tx, actor, ticketId), warnings)
    },
    act.receipt,
  )
