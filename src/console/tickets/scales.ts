import type { components } from '../api/types.ts'

export type Status = components['schemas']['TicketStatus']
export type Priority = components['schemas']['Priority']

/** The states of a ticket, in the order in which it goes through them. */
export const statuses: readonly Status[] = ['new', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed']

/** The states of a ticket that is not done. */
export const openStatuses: readonly Status[] = ['new', 'assigned', 'in_progress', 'waiting']

/** The priorities, the most urgent first. */
export const priorities: readonly Priority[] = ['urgent', 'high', 'normal', 'low']

/** The shape of a state, as the icons and tints have it. */
export const shapeOf = (status: Status): 'new' | 'assigned' | 'progress' | 'waiting' | 'resolved' | 'closed' =>
  status === 'in_progress' ? 'progress' : status
