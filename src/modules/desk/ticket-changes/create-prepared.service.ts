import { withWarnings } from '../../../contract/warnings.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { assignmentWarnings, lockAssignable } from '../../identity/technicians/technicians.service.ts'
import { withHealedCounter } from '../../identity/tenants/tenants.service.ts'
import { planChange } from '../tickets/tickets.lifecycle.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'
import { ticketCounter } from '../tickets/tickets.steps.ts'
import { lockOwnWatcher, watchNewTicket } from '../tickets/watchers.service.ts'
import { insertTickets, type NewTicket } from './create-ticket.queries.ts'
import { tagNewTicket } from './tag-ticket.service.ts'
import { writePlan } from './write-plan.service.ts'

/** What the staff gives to a new ticket at once. The tags are different, and in order. */
export interface Preparation {
  technician_id?: string | undefined
  tags: string[]
  /** Whether the actor watches the ticket, if their account can. */
  isWatched?: boolean
}

/**
 * Creates a ticket with its technician and its tags, in the transaction of the caller.
 * @throws AppError `technician_unavailable`; Error when the number is taken: `withHealedCounter` with `ticketCounter`.
 */
export const createPreparedIn = async (
  tx: Tx,
  act: Act<User>,
  ticket: NewTicket,
  { technician_id: technicianId, tags, isWatched = false }: Preparation,
): Promise<Ticket> => {
  const { tenantId } = act.actor
  // The accounts are locked before the ticket is there, as everywhere.
  const watches = isWatched && (await lockOwnWatcher(tx, act))
  const technician = technicianId === undefined ? null : await lockAssignable(tx, tenantId, technicianId)
  if (technicianId !== undefined && technician === null) {
    throw new AppError('technician_unavailable', { detail: `${technicianId} does not exist or is deactivated.` })
  }
  const [created] = await insertTickets(tx, [ticket], 'waits')
  if (!created) throw new Error(`tenant ${tenantId} has no ticket counter`)
  const plan = planChange(created, technicianId === undefined ? {} : { technician_id: technicianId })
  const assigned = technicianId === undefined ? created : await writePlan(tx, act, created, { ...plan, isNew: true })
  if (tags.length > 0) await tagNewTicket(tx, act, created.ticket_id, tags)
  if (watches) await watchNewTicket(tx, act, created.ticket_id)
  const ofCategory = created.warnings ?? []
  const ofTechnician = technician === null ? [] : assignmentWarnings(technician, created.issue_category)
  return withWarnings({ ...assigned, tags }, [...ofCategory, ...ofTechnician])
}

/**
 * Creates a ticket with its technician and its tags, in one transaction of its own. Its events are those of the same
 * steps one after the other. The tenant's counter is locked for longer than by a plain ticket, which shares a statement
 * with others.
 * @throws AppError `technician_unavailable`; `request_in_progress`, or `AlreadyAnswered`, when the receipt cannot be
 * claimed.
 */
export const createPrepared = (
  app: App,
  act: Act<User>,
  ticket: NewTicket,
  preparation: Preparation,
): Promise<Ticket> =>
  withHealedCounter(app, act.actor.tenantId, ticketCounter, () =>
    transaction(app.pool, (tx) => createPreparedIn(tx, act, ticket, preparation), act.receipt),
  )
