import type { User } from '../auth/actor.ts'
import type { Ticket } from '../tickets/tickets.schemas.ts'

/** Who may link, tag and let others watch a ticket that they see: admins, and its technician. */
export const canRelate = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'admin' || ticket.technician_id === actor.accountId
