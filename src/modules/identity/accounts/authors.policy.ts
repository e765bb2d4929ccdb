import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor } from './actor.ts'

/**
 * The id of an author, an account `a`, as a reader may see it. An admin's id is a sign-in name, so customers get null.
 */
export const visibleAuthorId = (reader: Actor): Sql =>
  reader.role === 'customer' ? sql`case when a.role <> 'admin' then a.account_id end` : sql`a.account_id`
