import type { Ticket } from '../live/tickets.svelte.ts'

/** A step on the way of a ticket. `raised` is over when something else has begun. */
export type StepName =
  | 'received'
  | 'raised'
  | 'on_it'
  | 'your_turn'
  | 'was_on_it'
  | 'solved'
  | 'to_be_solved'
  | 'closed'
  | 'goes_on'

export interface Step {
  name: StepName
  is: 'done' | 'now' | 'later'
  at: string | null
  /** Who looks after it, or did. */
  by: string | null
}

/** What the page of a ticket says of it to its customer. */
export interface TicketLines {
  steps: Step[]
  /** Null: nothing is said of it, because nobody will look after it any more. */
  lookedAfterBy: { name: string } | 'nobody_yet' | 'nobody_now' | null
  end: 'merged' | 'closed' | null
  mayReopen: boolean
}

const step = (name: StepName, is: Step['is'], at: string | null = null, by: string | null = null): Step => ({
  name,
  is,
  at,
  by,
})

/**
 * What is true of a ticket for its customer. `wasLookedAfter`: its history knows somebody who had it. What nobody did
 * is no step: a ticket that is closed before anybody had it was raised and closed.
 */
export const linesOf = (
  ticket: Pick<
    Ticket,
    'status' | 'merged_into' | 'raised_date' | 'resolved_date' | 'closed_date' | 'technician_name' | 'updated_at'
  >,
  wasLookedAfter: boolean,
): TicketLines => {
  const { status, merged_into, raised_date, resolved_date, closed_date, technician_name: by } = ticket
  const hadSomebody = by !== null || wasLookedAfter
  const raised = step('raised', 'done', raised_date)
  const before = hadSomebody ? [step('was_on_it', 'done', null, by)] : []
  const had = by === null ? null : { name: by }
  const open = had ?? (wasLookedAfter ? ('nobody_now' as const) : ('nobody_yet' as const))
  if (merged_into !== null) {
    return { steps: [raised, step('goes_on', 'done')], lookedAfterBy: null, end: 'merged', mayReopen: false }
  }
  if (status === 'closed') {
    const solved = resolved_date === null ? before : [step('solved', 'done', resolved_date, by)]
    const steps = [raised, ...solved, step('closed', 'done', closed_date)]
    return { steps, lookedAfterBy: had, end: 'closed', mayReopen: false }
  }
  if (status === 'resolved') {
    const steps = [raised, ...before, step('solved', 'now', resolved_date)]
    return { steps, lookedAfterBy: had, end: null, mayReopen: true }
  }
  const later = step('to_be_solved', 'later')
  if (status === 'new') {
    const steps = [step('received', 'now', raised_date), step('on_it', 'later'), later]
    return { steps, lookedAfterBy: open, end: null, mayReopen: false }
  }
  const now = step(status === 'waiting' ? 'your_turn' : 'on_it', 'now', null, by)
  return { steps: [raised, now, later], lookedAfterBy: open, end: null, mayReopen: false }
}
