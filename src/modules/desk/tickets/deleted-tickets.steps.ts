import { type Sql, sql } from '../../../platform/db/sql.ts'

/**
 * From when on the days to restore a deleted ticket `t` count. `kept_since` is set for tickets that a version deleted
 * which could not restore.
 */
export const deletedSince = sql`coalesce(t.kept_since, t.deleted_at)`

/** Until when a deleted ticket `t` can be restored: an expression. */
export const deletedUntil = (deletedDays: number): Sql => sql`${deletedSince} + make_interval(days => ${deletedDays})`

/** A condition: a deleted ticket `t` can no longer be restored, because its files are gone or due to go. */
export const isOverdue = (deletedDays: number): Sql => sql`(t.gone_at is not null or ${isDue(deletedDays)})`

/**
 * A condition: the files of a deleted ticket `t` are due to leave the store. An index has the
 * tickets of a tenant in this order.
 */
export const isDue = (deletedDays: number | Sql): Sql =>
  sql`${deletedSince} <= now() - make_interval(days => ${deletedDays})`

/**
 * A condition: a ticket `t` was deleted by itself, and can be restored. Tickets that were deleted with another come
 * back with that one.
 */
export const restorableTickets = (deletedDays: number): Sql =>
  sql`t.deleted_at is not null and t.gone_at is null and t.deleted_with_number is null and not ${isDue(deletedDays)}`
