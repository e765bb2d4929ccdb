import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor } from './actor.ts'

/** The id of an author, an account `a`, as somebody learns it: an admin signs in with theirs, so no customer does. */
export const visibleAuthorId = (reader: Actor): Sql =>
  reader.role === 'customer' ? sql`case when a.role <> 'admin' then a.account_id end` : sql`a.account_id`
