import type { ErrorCode } from '../contract/error-codes.ts'
import type { App } from './app-context.ts'
import { AppError } from './errors.ts'

/**
 * What an actor may do with a row: `none` (not even know of it), `read`, or `write` (make the change that the rule is
 * about). Queries find only rows that the actor may know of, so `none` is a row that was not found.
 */
export type Access = 'none' | 'read' | 'write'

/** The access of an actor who may read the row. */
export const writeIf = (mayWrite: boolean): Access => (mayWrite ? 'write' : 'read')

/** A row as a query found it, or did not. */
type Found<Row> = Row | null | undefined

/** The row, which the actor may read. @throws AppError `notFound` when it was not found. */
export const requireRead = <Row>(row: Found<Row>, notFound: ErrorCode): Row => {
  if (row === null || row === undefined) throw new AppError(notFound)
  return row
}

/**
 * The row, which the actor may change. `accessOf` is the policy: 404 for `none`, 403 for `read`. `detail` says why an
 * actor who may only read is refused: never only "forbidden", because the role is rarely the reason.
 * @throws AppError `notFound` when the row was not found, else `forbidden`.
 */
export const requireWrite = <Row>(
  row: Found<Row>,
  accessOf: (row: Row) => Access,
  notFound: ErrorCode,
  detail: string,
): Row => {
  const found = requireRead(row, notFound)
  const access = accessOf(found)
  if (access === 'none') throw new AppError(notFound)
  if (access === 'read') throw new AppError('forbidden', { detail })
  return found
}

/** What an answer is about: the parameters of the path, and the body of the answer. */
export interface Subject {
  params: unknown
  body: unknown
}

/**
 * Refuses a caller, who is null before the sign-in, when they do not see what a kept answer is about. `caller` is what
 * the product made of the token. @throws AppError, with a code that says what was not found.
 */
export type RefuseUnseen = (app: App, caller: never, subject: Subject) => Promise<void>
