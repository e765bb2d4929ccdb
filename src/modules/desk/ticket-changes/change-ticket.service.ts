import { withWarnings } from '../../../contract/warnings.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { changedOnly, refuseReadOnly } from '../../../platform/unchanged.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { retryingBusyAccounts } from '../../identity/technicians/busy-accounts.ts'
import type { Technician } from '../../identity/technicians/technicians.schemas.ts'
import {
  assignmentWarnings,
  listColleagues,
  lockAssignable,
  lockTechnicians,
} from '../../identity/technicians/technicians.service.ts'
import { categoryWarnings } from '../categories/categories.service.ts'
import { refuseOpenChildren } from '../links/open-children.service.ts'
import { requireChange, requireReopenOrClose } from '../tickets/ticket-access.service.ts'
import {
  isUnresolved,
  type Plan,
  planChange,
  planClosing,
  planReopening,
  refuseMerged,
} from '../tickets/tickets.lifecycle.ts'
import { mayCloseUnresolved, mayHandTo } from '../tickets/tickets.policy.ts'
import { membersWithoutVersion, type Ticket, type TicketChange } from '../tickets/tickets.schemas.ts'
import { findAndLockTicket, lockVisibleTicket } from '../tickets/tickets.service.ts'
import { offerUndo } from '../tickets/undos.service.ts'
import { listChangesSince, wasTakeableLately } from './ticket-changes.queries.ts'
import { writePlan } from './write-plan.service.ts'

/**
 * Tells a technician who takes a ticket that a colleague was faster. It tells only of a ticket that the technician
 * could see a moment ago, so nobody learns of a ticket by trying to take it.
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
  const isFree = ticket?.technician_id === null || ticket?.technician_id === actor.accountId
  // Of a resolved ticket that the technician watches, the colleague is not the reason.
  if (isFree || (ticket !== null && !isUnresolved(ticket.status)) || !(await wasTakeableLately(tx, actor, ticketId)))
    return
  throw new AppError('ticket_taken', { detail: `A colleague has taken ${ticketId}.` })
}

/** Refuses a change that is meant for another version, and names what changed since. @throws AppError `stale_version`. */
export const refuseStale = async (
  tx: Tx,
  ticket: Ticket,
  actor: User,
  version: number,
  members: string[],
): Promise<never> => {
  const changed = await listChangesSince(tx, actor, ticket.ticket_id, version)
  const overlaps = changed.some(({ field }) => members.includes(field))
  throw new AppError('stale_version', {
    detail:
      version > ticket.version
        ? `The ticket has version ${ticket.version}; no version ${version} exists yet.`
        : `The ticket is at version ${ticket.version}, not ${version}.`,
    extra: { current_version: ticket.version, changed, overlaps },
    headers: { ETag: `"${ticket.version}"` },
  })
}

/** To whom a technician can hand a ticket of a category on, as a sentence. */
const colleaguesOf = async (tx: Tx, actor: User, category: string): Promise<string> => {
  const colleagues = await listColleagues(tx, actor, category)
  if (colleagues.length === 0) return `Nobody else works on ${category}. Give it back with "technician_id": null.`
  return `It can go to ${colleagues.map(({ technician_id, name }) => `${technician_id} (${name})`).join(', ')}.`
}

/**
 * Refuses a technician who cannot have the ticket, as the plan leaves it. Technicians cannot list technicians, so the
 * refusal names their colleagues.
 */
const refuseTechnician = async (
  tx: Tx,
  actor: User,
  ticket: Ticket,
  plan: Plan,
  technician: Technician | null,
): Promise<void> => {
  const { technician_id: technicianId, issue_category: category } = plan.state
  if (technicianId === null || technicianId === ticket.technician_id) return
  if (technician !== null && mayHandTo(actor, technician, category)) return
  const detail =
    actor.role === 'technician'
      ? `${technicianId} does not exist, is deactivated, or is not of the category ${category}. ` +
        (await colleaguesOf(tx, actor, category))
      : `${technicianId} does not exist or is deactivated.`
  throw new AppError('technician_unavailable', { detail })
}

/** Writes a plan after the check that needs the database: a ticket with open children is not closed. */
const applyPlan = async (tx: Tx, act: Act<User>, ticket: Ticket, plan: Plan): Promise<Ticket> => {
  if (plan.events.length === 0) return ticket
  const isClosed = plan.state.status === 'closed' && ticket.status !== 'closed'
  if (isClosed) await refuseOpenChildren(tx, act.actor, ticket.ticket_id)
  return writePlan(tx, act, ticket, plan)
}

/** A change of a ticket that somebody asks for. */
export interface AskedChange {
  change: TicketChange
  /** The version that the change is meant for; null for any. */
  ifMatch: number | null
  /** What the caller sent back of the ticket that cannot be changed. */
  echoed?: Record<string, unknown>
}

/**
 * What a change asks for. Members that are only sent back, beside others that change, need no permission. When nothing
 * differs the change is left as it is, so that it gets the same answer as before from somebody who may not make it.
 */
const withoutEchoes = (asked: TicketChange, ticket: Ticket): TicketChange => {
  const change = changedOnly(asked, ticket)
  return Object.keys(change).length > 0 ? change : asked
}

/** The version of a whole ticket that was sent back, or null for none. More than nine digits are no version. */
const versionIn = ({ version }: Record<string, unknown>): number | null =>
  Number.isInteger(version) && Number(version) >= 0 && Number(version) < 1_000_000_000 ? Number(version) : null

/** The versions of a ticket that the caller says: in If-Match, and that of a ticket that was sent back whole. */
const versionsOf = ({ ifMatch, echoed = {} }: AskedChange): number[] =>
  [ifMatch, versionIn(echoed)].filter((version) => version !== null)

/**
 * Refuses what was sent back of a ticket, and is not as it is now. Where the version fits, members that move without it
 * tell of no other change, so that they are passed over. Without any version all must be as it is.
 */
const refuseEchoes = (ticket: Ticket, asked: AskedChange): void => {
  const { warnings: _, undo_token: _token, undo_until: _until, ...members } = asked.echoed ?? {}
  const saysVersion = versionsOf(asked).length > 0
  const compared = Object.entries(members).filter(([member]) => !saysVersion || !membersWithoutVersion.has(member))
  refuseReadOnly(Object.fromEntries(compared), ticket)
}

/** Refuses a change of a ticket that is not as the caller read it. */
const refuseUnlikeRead = async (tx: Tx, actor: User, ticket: Ticket, asked: AskedChange): Promise<void> => {
  const stale = versionsOf(asked).find((version) => version !== ticket.version)
  if (stale !== undefined) await refuseStale(tx, ticket, actor, stale, Object.keys(asked.change))
  refuseEchoes(ticket, asked)
}

/** Whether a plan leaves a ticket where it is, so that nothing else than the ticket decides whether it may be written. */
const isLocal = (ticket: Ticket, { state, events }: Plan): boolean =>
  events.length > 0 &&
  state.technician_id === ticket.technician_id &&
  state.issue_category === ticket.issue_category &&
  (state.status === ticket.status || (isUnresolved(ticket.status) && state.status !== 'closed'))

/**
 * The plan of a change of a locked ticket, when the ticket alone decides about it; null for all others, such as those
 * of another version, or of another technician.
 * @throws AppError as `updateTicketIn`.
 */
export const planLocally = (actor: User, ticket: Ticket, asked: AskedChange): Plan | null => {
  if (versionsOf(asked).some((version) => version !== ticket.version)) return null
  const change = withoutEchoes(asked.change, ticket)
  requireChange(actor, ticket, change)
  refuseEchoes(ticket, { ...asked, change })
  refuseMerged(ticket)
  const plan = planChange(ticket, change, mayCloseUnresolved(actor, ticket))
  return isLocal(ticket, plan) ? plan : null
}

/** The ticket before a change, and after it with what is odd about the change. */
interface Changed {
  before: Ticket
  after: Ticket
}

/**
 * Changes a ticket in the caller's transaction, which must have locked no ticket yet.
 * @throws AppError `ticket_not_found`, `ticket_taken`, `forbidden`, `stale_version`, `validation_failed` for read-only
 * members, `ticket_merged`, `children_open`, `technician_unavailable`, and the codes of `planChange`; AccountBusy as
 * `writePlan`.
 */
export const updateTicketIn = async (
  tx: Tx,
  act: Act<User>,
  ticketId: string,
  asked: AskedChange,
): Promise<Changed> => {
  const { actor } = act
  const { technician_id: technicianId } = asked.change
  // The account is locked before the ticket, because a deactivation locks them in this order.
  const technician =
    typeof technicianId === 'string' && actor.role !== 'customer'
      ? await lockAssignable(tx, actor.tenantId, technicianId)
      : null
  const found = await findAndLockTicket(tx, actor, ticketId)
  await refuseTaken(tx, actor, ticketId, found, asked.change)
  const ticket = requireRead(found, 'ticket_not_found')
  const change = withoutEchoes(asked.change, ticket)
  requireChange(actor, ticket, change)
  await refuseUnlikeRead(tx, actor, ticket, { ...asked, change })
  refuseMerged(ticket)
  const plan = planChange(ticket, change, mayCloseUnresolved(actor, ticket))
  await refuseTechnician(tx, actor, ticket, plan, technician)
  const after = await applyPlan(tx, act, ticket, plan)
  const isAssigned = after.technician_id !== ticket.technician_id && technician !== null
  const isRecategorized = after.issue_category !== ticket.issue_category
  const warnings = [
    ...(isRecategorized ? await categoryWarnings(tx, actor.tenantId, after.issue_category) : []),
    ...(isAssigned ? assignmentWarnings(technician, after.issue_category) : []),
  ]
  return { before: ticket, after: withWarnings(after, warnings) }
}

/** A summary with which somebody resolves a ticket. */
export interface Resolution {
  summary: string
  /** Whether the caller said the version of the ticket, and so knows its summary. */
  knowsTicket: boolean
  /** Whether the caller named another ticket, which is merged into this one. */
  throughMerge: boolean
}

/**
 * Resolves a ticket that the caller has locked, beside what else the caller writes on it. A merged ticket is not one.
 * The summary of a resolved ticket is replaced only by somebody who knows it: two people who resolve a ticket at once
 * would otherwise lose the words of the first.
 * @throws AppError `forbidden`, `already_resolved`, and the codes of `planChange`.
 */
export const resolveLocked = async (tx: Tx, act: Act<User>, ticket: Ticket, resolution: Resolution): Promise<void> => {
  const { summary, knowsTicket, throughMerge } = resolution
  const change: TicketChange = { status: 'resolved', resolution_summary: summary }
  requireChange(act.actor, ticket, change)
  if (ticket.status === 'resolved' && ticket.resolution_summary !== summary && !knowsTicket) {
    throw new AppError('already_resolved', {
      detail:
        `${ticket.ticket_id} is resolved with another summary. To replace it ` +
        `${throughMerge ? 'write on that ticket, and ' : ''}send If-Match with its version.`,
      extra: { current_version: ticket.version },
    })
  }
  await applyPlan(tx, act, ticket, planChange(ticket, change))
}

type Planning = (actor: User, ticket: Ticket) => Plan

const planAndWrite = (app: App, act: Act<User>, ticketId: string, planOf: Planning): Promise<Ticket> =>
  retryingBusyAccounts((first) =>
    transaction(
      app.pool,
      async (tx) => {
        await lockTechnicians(tx, act.actor.tenantId, first)
        const ticket = await lockVisibleTicket(tx, act.actor, ticketId)
        requireReopenOrClose(act.actor, ticket)
        refuseMerged(ticket)
        const after = await applyPlan(tx, act, ticket, planOf(act.actor, ticket))
        return { ...after, ...(await offerUndo(app, tx, act, { before: ticket, after })) }
      },
      act.receipt,
    ),
  )

/**
 * Moves a resolved ticket back to work. When its technician is deactivated, nobody has the ticket.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_merged`, `ticket_closed`, `illegal_transition`.
 */
export const reopenTicket = (app: App, act: Act<User>, ticketId: string, reason?: string): Promise<Ticket> =>
  planAndWrite(app, act, ticketId, (_, ticket) => planReopening(ticket, reason))

/**
 * Closes a ticket: admins and its customer from any status, its technician when it is resolved.
 * @throws AppError `ticket_not_found`, `forbidden`, `ticket_merged`, `ticket_closed`, `illegal_transition`,
 * `children_open`.
 */
export const closeTicket = (app: App, act: Act<User>, ticketId: string, reason?: string): Promise<Ticket> =>
  planAndWrite(app, act, ticketId, (actor, ticket) => planClosing(ticket, mayCloseUnresolved(actor, ticket), reason))
