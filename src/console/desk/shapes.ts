import type { Status } from '../tickets/ticket-rights.ts'

/** The shape of a state, as the icons have it. */
export const shapeOf = (status: Status): 'new' | 'assigned' | 'progress' | 'waiting' | 'resolved' | 'closed' =>
  status === 'in_progress' ? 'progress' : status
