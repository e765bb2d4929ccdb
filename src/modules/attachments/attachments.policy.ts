import { type Sql, sql } from '../../platform/db/sql.ts'
import type { Actor, User } from '../auth/actor.ts'
import type { Ticket, Visibility } from '../tickets/tickets.schemas.ts'
import type { Attachment } from './attachments.schemas.ts'

/** Which attachments `f` an actor sees of a ticket that they see: customers the public ones. Deleted ones nobody. */
export const visibleAttachments = (actor: Actor): Sql =>
  actor.role === 'customer' ? sql`f.deleted_at is null and f.visibility = 'public'` : sql`f.deleted_at is null`

/** Who may attach a file to a ticket they see: its customer, in public; its technician; admins. */
export const canAttach = (actor: User, ticket: Ticket, visibility: Visibility): boolean => {
  if (actor.role === 'admin') return true
  if (actor.role === 'technician') return ticket.technician_id === actor.accountId
  return ticket.customer_id === actor.accountId && visibility === 'public'
}

/** For the staff what nobody has decided on is internal: it can be shown later, and never taken back. */
export const usualVisibility = (actor: User): Visibility => (actor.role === 'customer' ? 'public' : 'internal')

/** Whose an attachment is to delete: its author's, and every admin's. */
export const canDeleteAttachment = (actor: User, attachment: Attachment): boolean =>
  actor.role === 'admin' || attachment.author_id === actor.accountId
