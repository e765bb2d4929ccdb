import type { Status } from '../../../contract/enums.ts'
import type { ChangesOf } from '../../../contract/events.ts'
import { AppError } from '../../../platform/errors.ts'
import { isSameButForCase } from '../../../platform/text-form.ts'
import { followUp, moves, refuseClosed, refuseMove, refuseUnsummarized } from './ticket-moves.ts'
import type { Ticket, TicketChange } from './tickets.schemas.ts'

/** Whether a ticket with this status still needs work. `isUnresolvedSql` of `tickets.steps.ts` is the same rule. */
export const isUnresolved = (status: Status): boolean => status !== 'resolved' && status !== 'closed'

/** A merged ticket stays as it is until the merge is undone. @throws AppError `ticket_merged`. */
export const refuseMerged = ({ ticket_id, merged_into }: Pick<Ticket, 'ticket_id' | 'merged_into'>): void => {
  if (merged_into === null) return
  throw new AppError('ticket_merged', {
    detail: `${ticket_id} is merged into ${merged_into}. Do it at ${merged_into}, or undo the merge.`,
    extra: { merged_into },
  })
}

/** The members of a ticket that a change may set. */
export type TicketState = Pick<
  Ticket,
  | 'technician_id'
  | 'status'
  | 'priority'
  | 'issue_category'
  | 'subject'
  | 'issue_description'
  | 'resolution_summary'
  | 'close_reason'
>

type Move = 'ticket.status_changed' | 'ticket.resolved' | 'ticket.reopened' | 'ticket.closed'
type PlannedType = 'ticket.assigned' | 'ticket.unassigned' | 'ticket.updated' | Move

/** An event of a change, such as `ticket.assigned`, without its actor. */
interface PlannedEvent {
  type: PlannedType
  changes: ChangesOf<'ticket.updated'> & ChangesOf<'ticket.assigned'>
  /**
   * `resolution_summary` of `ticket.resolved`: the summary, when the ticket had it before, so that the event always
   * says it. `reason` of `ticket.closed` and `ticket.reopened`: why. `merged_ticket_id`: the ticket whose merge
   * reopened it. `left_queue`: see `queueLeft`.
   */
  details?: { resolution_summary?: string; reason?: string; merged_ticket_id?: string; left_queue?: string }
}

/** The outcome of a change: the new state of the ticket, and the events. No event means that nothing changes. */
export interface Plan {
  state: TicketState
  events: PlannedEvent[]
  /** Whether the ticket is created in the same transaction, so that nobody has seen it before the plan. */
  isNew?: boolean
}

const assign = (state: TicketState, technicianId: string | null): TicketState => {
  if (technicianId !== null) {
    return { ...state, technician_id: technicianId, status: state.status === 'new' ? 'assigned' : state.status }
  }
  if (!isUnresolved(state.status)) {
    throw new AppError('technician_required', { detail: 'A resolved ticket keeps its technician. Reopen it first.' })
  }
  return { ...state, technician_id: null, status: 'new' }
}

/** A change of a ticket by somebody. */
interface Asked {
  change: TicketChange
  /** Whether the actor may close a ticket that is not resolved: see `mayCloseUnresolved` in `tickets.policy.ts`. */
  closesAny: boolean
}

/** A ticket that is closed without being resolved has no summary, so an unfinished one is cleared. */
const closeUnresolved = (state: TicketState, { change, closesAny }: Asked): TicketState => {
  if (!closesAny) refuseMove(state.status, 'closed')
  if (typeof change.resolution_summary === 'string') {
    throw new AppError('illegal_transition', {
      detail:
        'A ticket that is closed without being resolved has no resolution_summary. Resolve it first, or leave it out.',
      extra: { from: state.status, to: 'closed' },
    })
  }
  return { ...state, status: 'closed', resolution_summary: null }
}

const move = (before: TicketState, state: TicketState, to: Status, asked: Asked): TicketState => {
  const { status: from } = state
  if (to === from) return state
  if (from === 'closed') refuseMove(from, to)
  if (to === 'closed' && from !== 'resolved') return closeUnresolved(state, asked)
  const needsTechnician = to === 'assigned' || to === 'in_progress' || to === 'waiting'
  if (needsTechnician && state.technician_id === null && from !== 'resolved') {
    throw new AppError('technician_required', {
      detail: `A ticket needs a technician to move from ${from} to ${to}. Name one with "technician_id".`,
    })
  }
  if (!moves[from].includes(to)) refuseMove(from, to)
  if (!isUnresolved(to)) {
    if (state.resolution_summary === null) refuseUnsummarized()
    return { ...state, status: to }
  }
  // A reopened ticket loses the summary that did not help, so that nobody resolves the ticket by the same words unread.
  const isStale = from === 'resolved' && state.resolution_summary === before.resolution_summary
  return { ...state, status: to, resolution_summary: isStale ? null : state.resolution_summary }
}

const typeOfMove = (from: Status, to: Status): Move => {
  if (to === 'resolved') return 'ticket.resolved'
  if (to === 'closed') return 'ticket.closed'
  return from === 'resolved' ? 'ticket.reopened' : 'ticket.status_changed'
}

type Queued = Pick<TicketState, 'technician_id' | 'issue_category'>

/** Which queue a ticket leaves: the category whose technicians could take the ticket before, and cannot after. */
export const queueLeft = (before: Queued, after: Queued): { left_queue?: string } =>
  before.technician_id === null &&
  (after.technician_id !== null || !isSameButForCase(after.issue_category, before.issue_category))
    ? { left_queue: before.issue_category }
    : {}

/** The plan, whose first event of the technician or the category says which queue the ticket leaves. */
export const withLeftQueue = (ticket: TicketState, plan: Plan): Plan => {
  const { state, events, isNew = false } = plan
  const left = isNew ? {} : queueLeft(ticket, state)
  const first = events.findIndex(({ changes }) => changes.technician_id ?? changes.issue_category)
  return {
    ...plan,
    events: events.map((event, index) =>
      index === first ? { ...event, details: { ...event.details, ...left } } : event,
    ),
  }
}

type Edits = PlannedEvent['changes']

/** The changed members, each with its value before and after. Of the description only the lengths, in code points. */
const difference = (from: TicketState, to: TicketState, members: readonly (keyof Edits & keyof TicketState)[]): Edits =>
  Object.fromEntries(
    members
      .filter((member) => from[member] !== to[member])
      .map((member) => {
        const [before, after] = [from[member], to[member]]
        return member === 'issue_description'
          ? [member, { from: { length: [...String(before)].length }, to: { length: [...String(after)].length } }]
          : [member, { from: before, to: after }]
      }),
  )

const editable = ['subject', 'issue_description', 'issue_category', 'priority', 'resolution_summary'] as const

/** The members that differ between two states of a ticket, as the changes of an event. */
export const differenceOf = (from: TicketState, to: TicketState): Edits =>
  difference(from, to, ['technician_id', 'status', ...editable])

/** The event of a move. It says the summary when the move sets it or takes it away; otherwise that is an edit. */
const eventOfMove = (given: TicketState, state: TicketState, summary: Edits['resolution_summary']): PlannedEvent => {
  const type = typeOfMove(given.status, state.status)
  const event: PlannedEvent = { type, changes: difference(given, state, ['status']) }
  if (type === 'ticket.status_changed') return event
  if (summary) event.changes.resolution_summary = summary
  else if (type === 'ticket.resolved' && state.resolution_summary !== null) {
    event.details = { resolution_summary: state.resolution_summary }
  }
  return event
}

/**
 * Plans a change of a ticket: first its technician, then its status, then the rest. Members that are left out, or that
 * are equal to the present ones, change nothing. `closesAny`: the actor may close a ticket that is not resolved.
 * @throws AppError `illegal_transition`, `ticket_closed`, `technician_required`, `resolution_summary_required`.
 */
export const planChange = (ticket: TicketState, change: TicketChange, closesAny = false): Plan => {
  const { technician_id, status, ...members } = change
  const isGiven = technician_id !== undefined && technician_id !== ticket.technician_id
  const isSummarized =
    change.resolution_summary !== undefined && change.resolution_summary !== ticket.resolution_summary
  if (ticket.status === 'closed' && (isGiven || isSummarized)) refuseClosed()

  const described = { ...ticket, ...members }
  const given = isGiven ? assign(described, technician_id) : described
  const state = status === undefined ? given : move(ticket, given, status, { change, closesAny })
  if (state.status === 'resolved' && state.resolution_summary === null) refuseUnsummarized()

  const events: PlannedEvent[] = []
  if (isGiven) {
    const type = technician_id === null ? 'ticket.unassigned' : 'ticket.assigned'
    events.push({ type, changes: difference(ticket, given, ['technician_id', 'status']) })
  }
  const edits = difference(ticket, state, editable)
  const { resolution_summary: summary, ...others } = edits
  const moved = state.status === given.status ? null : eventOfMove(given, state, summary)
  if (moved !== null) events.push(moved)
  const rest = moved?.changes.resolution_summary ? others : edits
  if (Object.keys(rest).length > 0) events.push({ type: 'ticket.updated', changes: rest })
  return { state, events }
}

/** The plan with the reason in its event of closing or reopening. A closed ticket shows the reason. */
const withReason = ({ state, events }: Plan, reason: string | undefined): Plan => ({
  state: { ...state, close_reason: state.status === 'closed' ? (reason ?? null) : null },
  events: events.map((event) => (reason === undefined ? event : { ...event, details: { ...event.details, reason } })),
})

/**
 * Plans reopening. Only a resolved ticket can be reopened.
 * @throws AppError `ticket_closed`, `illegal_transition`.
 */
export const planReopening = (ticket: TicketState, reason?: string): Plan => {
  const { status } = ticket
  if (status === 'closed') refuseMove(status, 'in_progress')
  if (status !== 'resolved') {
    refuseMove(status, 'in_progress', `Only a resolved ticket can be reopened, and this one is ${status}.`)
  }
  return withReason(planChange(ticket, { status: 'in_progress' }), reason)
}

/**
 * Plans closing. `closesAny`: also when the ticket is not resolved.
 * @throws AppError `ticket_closed`, `illegal_transition`.
 */
export const planClosing = (ticket: TicketState, closesAny: boolean, reason?: string): Plan => {
  if (ticket.status === 'closed') refuseMove('closed', 'closed', `The ticket is closed already. ${followUp}`)
  return withReason(planChange(ticket, { status: 'closed' }, closesAny), reason)
}

/** Whether a plan reopens a ticket and keeps it with the technician who resolved it, if anybody did. */
export const keepsTechnician = (ticket: TicketState, { state }: Plan): boolean =>
  ticket.status === 'resolved' && isUnresolved(state.status) && state.technician_id === ticket.technician_id

/** The plan of reopening a ticket whose technician is gone: nobody has the ticket, and it is `new`. */
export const planWithoutTechnician = (ticket: TicketState, { state, events, ...plan }: Plan): Plan => {
  const without: TicketState = { ...state, technician_id: null, status: 'new' }
  const people = difference(ticket, without, ['technician_id', 'status'])
  return {
    ...plan,
    state: without,
    events: events.map((event) =>
      event.type === 'ticket.reopened' ? { ...event, changes: { ...event.changes, ...people } } : event,
    ),
  }
}
