import type { Visibility } from '../../../contract/enums.ts'
import { type Access, writeIf } from '../../../platform/access.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor, User } from '../../identity/accounts/actor.ts'
import type { Attachment } from './attachments.schemas.ts'

/** Which attachments `f` of a visible ticket an actor sees: customers the public ones. Nobody sees deleted ones. */
export const visibleAttachments = (actor: Actor): Sql =>
  actor.role === 'customer' ? sql`f.deleted_at is null and f.visibility = 'public'` : sql`f.deleted_at is null`

/**
 * The visibility of a file when the request names none. Files of the staff are internal, because they can be shown
 * later.
 */
export const usualVisibility = (actor: User): Visibility => (actor.role === 'customer' ? 'public' : 'internal')

/** Deleting an attachment: its author's, and every admin's. */
export const attachmentAccess = (actor: User, attachment: Attachment): Access =>
  writeIf(actor.role === 'admin' || attachment.author_id === actor.accountId)
