import type { Status } from '../../../contract/enums.ts'
import type { ChangesOf } from '../../../contract/events.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Ticket, TicketChange } from './tickets.schemas.ts'

/** The moves of a status that a request may ask for. Assigning and unassigning make the other moves. */
const moves: Record<Status, readonly Status[]> = {
  new: [],
  assigned: ['in_progress'],
  in_progress: ['waiting', 'resolved'],
  waiting: ['in_progress', 'resolved'],
  resolved: ['closed', 'in_progress'],
  closed: [],
}

/** Whether a ticket with this status still needs work. `isUnresolvedSql` of `tickets.steps.ts` is the same rule. */
export const isUnresolved = (status: Status): boolean => status !== 'resolved' && status !== 'closed'

/** A merged ticket stays as it is until the merge is undone. @throws AppError `ticket_merged`. */
export const refuseMerged = ({ ticket_id, merged_into }: Pick<Ticket, 'ticket_id' | 'merged_into'>): void => {
  if (merged_into === null) return
  throw new AppError('ticket_merged', { detail: `${ticket_id} is merged into ${merged_into}.`, extra: { merged_into } })
}

/** The members of a ticket that a change may set. */
export type TicketState = Pick<
  Ticket,
  'technician_id' | 'status' | 'priority' | 'issue_category' | 'subject' | 'resolution_summary'
>

type Move = 'ticket.status_changed' | 'ticket.resolved' | 'ticket.reopened' | 'ticket.closed'
type PlannedType = 'ticket.assigned' | 'ticket.unassigned' | 'ticket.updated' | Move

/** An event of a change, such as `ticket.assigned`, without its actor. */
interface PlannedEvent {
  type: PlannedType
  changes: ChangesOf<'ticket.updated'> & ChangesOf<'ticket.assigned'>
  /** Of `ticket.resolved`: the summary, when the ticket had it before, so that the event always says it. */
  details?: { resolution_summary?: string; merged_ticket_id?: string }
}

/** The outcome of a change: the new state of the ticket, and the events. No event means that nothing changes. */
export interface Plan {
  state: TicketState
  events: PlannedEvent[]
}

/** Where a ticket can go from a status, as a sentence. */
const waysFrom = (from: Status): string => {
  if (from === 'closed') return 'Create a new ticket that follows it.'
  const ways = moves[from]
  return ways.length === 0 ? 'It moves on when a technician is assigned.' : `It can move to ${ways.join(' or ')}.`
}

const refuseMove = (from: Status, to: Status): never => {
  throw new AppError(from === 'closed' ? 'ticket_closed' : 'illegal_transition', {
    detail: `A ticket cannot move from ${from} to ${to}. ${waysFrom(from)}`,
    extra: { from, to },
  })
}

const assign = (state: TicketState, technicianId: string | null): TicketState => {
  if (technicianId !== null) {
    return { ...state, technician_id: technicianId, status: state.status === 'new' ? 'assigned' : state.status }
  }
  if (!isUnresolved(state.status)) {
    throw new AppError('technician_required', { detail: 'A resolved ticket keeps its technician.' })
  }
  return { ...state, technician_id: null, status: 'new' }
}

const move = (state: TicketState, to: Status): TicketState => {
  const { status: from } = state
  if (to === from) return state
  if (from === 'closed') refuseMove(from, to)
  const needsTechnician = to === 'assigned' || to === 'in_progress' || to === 'waiting'
  if (needsTechnician && state.technician_id === null && from !== 'resolved') {
    throw new AppError('technician_required', { detail: `A ticket needs a technician to move from ${from} to ${to}.` })
  }
  if (!moves[from].includes(to)) refuseMove(from, to)
  if (to === 'resolved' && state.resolution_summary === null) throw new AppError('resolution_summary_required')
  return { ...state, status: to }
}

const typeOfMove = (from: Status, to: Status): Move => {
  if (to === 'resolved') return 'ticket.resolved'
  if (to === 'closed') return 'ticket.closed'
  return from === 'resolved' ? 'ticket.reopened' : 'ticket.status_changed'
}

const difference = <K extends keyof TicketState>(
  from: TicketState,
  to: TicketState,
  members: readonly K[],
): Pick<PlannedEvent['changes'], K> =>
  Object.fromEntries(
    members
      .filter((member) => from[member] !== to[member])
      .map((member) => [member, { from: from[member], to: to[member] }]),
  ) as unknown as Pick<PlannedEvent['changes'], K>

/**
 * Plans a change of a ticket: first its technician, then its status, then the rest. Members that are left out, or that
 * are equal to the present ones, change nothing.
 * @throws AppError `illegal_transition`, `ticket_closed`, `technician_required`, `resolution_summary_required`.
 */
export const planChange = (ticket: TicketState, change: TicketChange): Plan => {
  const { technician_id, status, ...members } = change
  const isGiven = technician_id !== undefined && technician_id !== ticket.technician_id
  const isSummarized =
    change.resolution_summary !== undefined && change.resolution_summary !== ticket.resolution_summary
  if (ticket.status === 'closed' && (isGiven || isSummarized)) throw new AppError('ticket_closed')

  const described = { ...ticket, ...members }
  const given = isGiven ? assign(described, technician_id) : described
  const state = status === undefined ? given : move(given, status)
  if (!isUnresolved(state.status) && state.resolution_summary === null)
    throw new AppError('resolution_summary_required')

  const events: PlannedEvent[] = []
  if (isGiven) {
    const type = technician_id === null ? 'ticket.unassigned' : 'ticket.assigned'
    events.push({ type, changes: difference(ticket, given, ['technician_id', 'status']) })
  }
  const edits = difference(ticket, state, ['subject', 'issue_category', 'priority', 'resolution_summary'])
  const isMoved = state.status !== given.status
  const isResolved = isMoved && state.status === 'resolved'
  // The event of resolving says the summary, changed or not. Otherwise the summary is an edit like any other.
  const { resolution_summary: summary, ...others } = edits
  if (isMoved) {
    const changes: PlannedEvent['changes'] = difference(given, state, ['status'])
    const event: PlannedEvent = { type: typeOfMove(given.status, state.status), changes }
    const { resolution_summary: said } = state
    if (isResolved && summary) changes.resolution_summary = summary
    else if (isResolved && said !== null) event.details = { resolution_summary: said }
    events.push(event)
  }
  const rest = isResolved ? others : edits
  if (Object.keys(rest).length > 0) events.push({ type: 'ticket.updated', changes: rest })
  return { state, events }
}

/**
 * Plans reopening or closing. Only a resolved ticket moves in this way.
 * @throws AppError `ticket_closed`, `illegal_transition`.
 */
export const planMoveOfResolved = (ticket: TicketState, to: 'in_progress' | 'closed'): Plan => {
  if (ticket.status !== 'resolved') refuseMove(ticket.status, to)
  return planChange(ticket, { status: to })
}
