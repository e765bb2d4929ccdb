import { type Access, writeIf } from '../../../platform/access.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor, User } from '../../identity/accounts/actor.ts'
import type { Comment } from './comments.schemas.ts'

/** Which comments `m` of a visible ticket an actor sees: customers the public ones. Nobody sees deleted ones. */
export const visibleComments = (actor: Actor): Sql =>
  actor.role === 'customer' ? sql`m.deleted_at is null and m.visibility = 'public'` : sql`m.deleted_at is null`

/** Changing and deleting a comment: its author's, and every admin's. */
export const commentAccess = (actor: User, comment: Pick<Comment, 'author_id'>): Access =>
  writeIf(actor.role === 'admin' || comment.author_id === actor.accountId)
