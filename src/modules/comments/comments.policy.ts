import { type Sql, sql } from '../../platform/db/sql.ts'
import type { Actor, User } from '../auth/actor.ts'
import type { Ticket, Visibility } from '../tickets/tickets.schemas.ts'
import type { Comment } from './comments.schemas.ts'

/** Which comments `m` an actor sees of a ticket that they see: customers the public ones. Deleted ones nobody. */
export const visibleComments = (actor: Actor): Sql =>
  actor.role === 'customer' ? sql`m.deleted_at is null and m.visibility = 'public'` : sql`m.deleted_at is null`

/** Who may say something on a ticket they see: its customer, in public; its technician; admins. */
export const canComment = (actor: User, ticket: Ticket, visibility: Visibility): boolean => {
  if (actor.role === 'admin') return true
  if (actor.role === 'technician') return ticket.technician_id === actor.accountId
  return ticket.customer_id === actor.accountId && visibility === 'public'
}

/** Whose a comment is to change or delete: its author's, and every admin's. */
export const canChangeComment = (actor: User, comment: Pick<Comment, 'author_id'>): boolean =>
  actor.role === 'admin' || comment.author_id === actor.accountId
