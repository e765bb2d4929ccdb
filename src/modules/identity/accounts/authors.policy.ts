import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor } from './actor.ts'

/**
 * The id of an author, an account `a`, as a reader may see it. An admin's id is a sign-in name, and another customer
 * wrote before the ticket was moved to the reader, so customers get null for both.
 */
export const visibleAuthorId = (reader: Actor): Sql =>
  reader.role === 'customer'
    ? sql`case when a.role = 'technician' or a.account_id = ${reader.accountId} then a.account_id end`
    : sql`a.account_id`
