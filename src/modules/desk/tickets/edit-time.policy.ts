import type { ErrorCode } from '../../../contract/error-codes.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import type { User } from '../../identity/accounts/actor.ts'

/** Whether something that was written at a time of the database is too old to be changed by its author. */
export const isPastEditTime = (createdAt: Sql, minutes: number): Sql =>
  sql`(clock_timestamp() > ${createdAt} + make_interval(mins => ${minutes}))`

/**
 * Authors change what they wrote for `COMMENT_EDIT_MINUTES`, admins at any time.
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
