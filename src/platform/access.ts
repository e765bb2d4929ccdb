import type { ErrorCode } from '../contract/error-codes.ts'
import { AppError } from './errors.ts'

/**
 * What an actor may do with a row: `none` (not even know of it), `read`, or `write` (make the change that the rule is
 * about).
 */
export type Access = 'none' | 'read' | 'write'

/** The access of an actor who may read the row. */
export const writeIf = (mayWrite: boolean): Access => (mayWrite ? 'write' : 'read')

/**
 * Turns access into an answer: 404 for a row that the actor may not know of, 403 for a row that the actor may only read.
 * @throws AppError `notFound`, or `forbidden` with the detail.
 */
export const requireWrite = (access: Access, notFound: ErrorCode, detail?: string): void => {
  if (access === 'none') throw new AppError(notFound)
  if (access === 'read') throw new AppError('forbidden', { detail })
}
