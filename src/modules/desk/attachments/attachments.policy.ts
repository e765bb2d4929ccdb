import type { Visibility } from '../../../contract/enums.ts'
import { type Access, writeIf } from '../../../platform/access.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor, User } from '../../identity/accounts/actor.ts'
import type { Attachment } from './attachments.schemas.ts'

/** Which attachments `f` an actor sees of a ticket that they see: customers the public ones. Deleted ones nobody. */
export const visibleAttachments = (actor: Actor): Sql =>
  actor.role === 'customer' ? sql`f.deleted_at is null and f.visibility = 'public'` : sql`f.deleted_at is null`

/** Without a word about it, what customers attach is public, and what the staff attaches is internal: it can be shown later. */
export const usualVisibility = (actor: User): Visibility => (actor.role === 'customer' ? 'public' : 'internal')

/** Deleting an attachment: its author's, and every admin's. */
export const attachmentAccess = (actor: User, attachment: Attachment): Access =>
  writeIf(actor.role === 'admin' || attachment.author_id === actor.accountId)
