import type { ErrorCode } from '../../../contract/error-codes.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { User } from '../../identity/accounts/actor.ts'

/** Whether more than `minutes` have passed since a time that the database wrote. The database's clock decides. */
export const isPastEditTime = (createdAt: Sql, minutes: number): Sql =>
  sql`(clock_timestamp() > ${createdAt} + make_interval(mins => ${minutes}))`

/**
 * Refuses a change that comes too late. Authors have `comment_edit_minutes`, admins have no limit.
 * @throws AppError `code`.
 */
export const refuseLate = (
  actor: User,
  { is_late: isLate }: { is_late: boolean },
  code: ErrorCode,
  detail: string,
): void => {
  if (isLate && actor.role !== 'admin') throw new AppError(code, { detail })
}
