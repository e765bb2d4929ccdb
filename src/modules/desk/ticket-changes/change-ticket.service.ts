import { withWarnings } from '../../../contract/warnings.ts'
import { requireRead, requireWrite, writeIf } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { assignmentWarnings, lockAssignable } from '../../identity/technicians/technicians.service.ts'
import { refuseOpenChildren } from '../links/open-children.service.ts'
import { type Plan, planChange, planMoveOfResolved, refuseMerged } from '../tickets/tickets.lifecycle.ts'
import { forbiddenMembers, reopenAndCloseAccess, workAccess } from '../tickets/tickets.policy.ts'
import type { Ticket, TicketChange } from '../tickets/tickets.schemas.ts'
import { findAndLockTicket, lockVisibleTicket } from '../tickets/tickets.service.ts'
import { listChangesSince, wasTakeableLately } from './ticket-changes.queries.ts'
import { writePlan } from './write-plan.service.ts'

const refuseForbidden = (actor: User, ticket: Ticket, change: TicketChange): void => {
  // A change of nothing answers with the ticket, so it is for those who work on the ticket.
  if (Object.keys(change).length === 0) {
    requireWrite(ticket, () => workAccess(actor, ticket), 'ticket_not_found', 'You may not change this ticket.')
    return
  }
  const forbidden = forbiddenMembers(actor, ticket, change)
  const detail = `You may not change ${forbidden.join(', ')} of this ticket.`
  requireWrite(ticket, () => writeIf(forbidden.length === 0), 'ticket_not_found', detail)
}

/**
 * Tells a technician who takes a ticket that a colleague was faster. It tells only of a ticket that the technician could
 * see a moment ago, so nobody learns of a ticket by trying to take it.
 * @throws AppError `ticket_taken`.
 */
const refuseTaken = async (
  tx: Tx,
  actor: User,
  ticketId: string,
  ticket: Ticket | null,
  change: TicketChange,
): Promise<void> => {
  if (actor.role !== 'technician' || change.technician_id !== actor.accountId) return
  const isFree = ticket !== null && (ticket.technician_id === null || ticket.technician_id === actor.accountId)
  if (isFree || !(await wasTakeableLately(tx, actor, ticketId))) return
  throw new AppError('ticket_taken', { detail: `A colleague has taken ${ticketId}.` })
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

/**
 * Writes a plan after the checks that need the database: open children when it closes, the technician when it assigns.
 */
const applyPlan = async (tx: Tx, act: Act<User>, ticket: Ticket, plan: Plan): Promise<Ticket> => {
  if (plan.events.length === 0) return ticket
  const { actor } = act
  const { status, technician_id: technicianId } = plan.state
  if (status === 'closed' && ticket.status !== 'closed') await refuseOpenChildren(tx, actor, ticket.ticket_id)
  const isAssigned = technicianId !== null && technicianId !== ticket.technician_id
  const technician = isAssigned ? await lockAssignable(tx, actor.tenantId, technicianId) : null
  if (isAssigned && technician === null) {
    throw new AppError('technician_unavailable', { detail: `${technicianId} does not exist or is deactivated.` })
  }
  const written = await writePlan(tx, act, ticket, plan)
  return withWarnings(written, technician === null ? [] : assignmentWarnings(technician, plan.state.issue_category))
}

/**
 * Changes a ticket. `ifMatch` is the version that the change is meant for; null for any.
 * @throws AppError `ticket_not_found`, `ticket_taken`, `forbidden`, `stale_version`, `ticket_merged`, `children_open`,
 * `technician_unavailable`, and the codes of `planChange`.
 */
export const updateTicket = (
  app: App,
  act: Act<User>,
  ticketId: string,
  ifMatch: number | null,
  change: TicketChange,
): Promise<Ticket> =>
  transaction(app.pool, async (tx) => {
    const { actor } = act
    const found = await findAndLockTicket(tx, actor, ticketId)
    await refuseTaken(tx, actor, ticketId, found, change)
    const ticket = requireRead(found, 'ticket_not_found')
    refuseForbidden(actor, ticket, change)
    if (ifMatch !== null) await refuseStale(tx, ticket, actor, ifMatch, Object.keys(change))
    refuseMerged(ticket)
    return applyPlan(tx, act, ticket, planChange(ticket, change))
  })

/**
 * Moves a resolved ticket back to work, or closes it.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_merged`, `ticket_closed`, `illegal_transition`,
 * `children_open`.
 */
export const reopenOrCloseTicket = (
  app: App,
  act: Act<User>,
  ticketId: string,
  status: 'in_progress' | 'closed',
): Promise<Ticket> =>
  transaction(
    app.pool,
    async (tx) => {
      const ticket = await lockVisibleTicket(tx, act.actor, ticketId)
      requireWrite(ticket, (found) => reopenAndCloseAccess(act.actor, found), 'ticket_not_found')
      refuseMerged(ticket)
      return applyPlan(tx, act, ticket, planMoveOfResolved(ticket, status))
    },
    act.receipt,
  )
