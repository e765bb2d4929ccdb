import type { User } from '../../identity/accounts/actor.ts'
import type { Ticket } from './tickets.schemas.ts'

/**
 * Whether a public comment decides if a resolved ticket is reopened. Its customer's does: it reopens the ticket, or
 * leaves it resolved when they ask for that: "thanks, it works".
 */
export const decidesReopening = (actor: User, { status }: Ticket): boolean =>
  actor.role === 'customer' && status === 'resolved'

/** What a public comment notes on the ticket where the conversation goes on, which leaves the version as it is. */
export interface Reply {
  ticketId: string
  /** Whether the staff wrote it: their first public comment is the first response. */
  isResponse: boolean
}

/** What a public comment notes on a ticket that it leaves in its status; null when it moves the ticket. */
export const replyOn = (actor: User, ticket: Ticket, reopens: boolean): Reply | null => {
  const { ticket_id: ticketId, status } = ticket
  if (actor.role !== 'customer') return { ticketId, isResponse: true }
  const goesOn = status === 'waiting' || (status === 'resolved' && reopens)
  return goesOn ? null : { ticketId, isResponse: false }
}
