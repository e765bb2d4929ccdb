import type { Status } from '../../../contract/enums.ts'
import { AppError } from '../../../platform/errors.ts'

/**
 * The moves of a status that a request may ask for. Assigning and unassigning make the other moves. Admins and
 * customers may also close a ticket that is not resolved.
 */
export const moves: Record<Status, readonly Status[]> = {
  new: [],
  assigned: ['in_progress', 'resolved'],
  in_progress: ['assigned', 'waiting', 'resolved'],
  waiting: ['in_progress', 'resolved'],
  resolved: ['closed', 'in_progress'],
  closed: [],
}

/** How work goes on after closing, as a sentence. */
export const followUp = 'For more work create a ticket that follows it, with "follow_up_of".'

/** How a ticket can go on from a status, for somebody who wants it to be in another status. */
const waysFrom = (from: Status, to: Status): string => {
  if (from === 'closed') return followUp
  if (to === 'new') {
    return from !== 'resolved'
      ? 'It is new again when it has no technician: send "technician_id": null.'
      : 'A resolved ticket keeps its technician. Reopen it first.'
  }
  if (to === 'closed') return 'Resolve it first. Only admins and its customer close a ticket that is not resolved.'
  const ways = moves[from]
  return ways.length === 0 ? 'It moves on when a technician is assigned.' : `It can move to ${ways.join(' or ')}.`
}

/** Refuses a move of the status. @throws AppError `ticket_closed`, `illegal_transition`. */
export const refuseMove = (
  from: Status,
  to: Status,
  detail = `A ticket cannot move from ${from} to ${to}. ${waysFrom(from, to)}`,
): never => {
  throw new AppError(from === 'closed' ? 'ticket_closed' : 'illegal_transition', { detail, extra: { from, to } })
}

/** Refuses resolving without a summary. @throws AppError `resolution_summary_required`. */
export const refuseUnsummarized = (): never => {
  throw new AppError('resolution_summary_required', {
    detail: 'Say what was done in "resolution_summary". The customer reads it, and it is mailed.',
  })
}

/** Refuses a change that a closed ticket does not take. @throws AppError `ticket_closed`. */
export const refuseClosed = (): never => {
  throw new AppError('ticket_closed', {
    detail:
      'A closed ticket keeps its technician and its resolution_summary. Its texts, category and priority can still be ' +
      `corrected. ${followUp}`,
  })
}
