import type { User } from '../auth/actor.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'

/** Who may link and tag a ticket that they see, and let others watch it: admins, and its technician. */
export const canRelate = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'admin' || ticket.technician_id === actor.accountId

/** Whose watching somebody may begin or end: one's own on every ticket one sees, anybody's on one's own tickets. */
export const canLetWatch = (actor: User, ticket: Ticket, accountId: string): boolean =>
  accountId === actor.accountId || canRelate(actor, ticket)
