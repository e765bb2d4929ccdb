import type { ErrorCode } from '../contract/error-codes.ts'
import { AppError } from './errors.ts'

/** What somebody may do with a row: not know of it, read it, or change it in the way that the rule is about. */
export type Access = 'none' | 'read' | 'write'

/** The access of somebody who sees the row at any rate. */
export const writeIf = (mayWrite: boolean): Access => (mayWrite ? 'write' : 'read')

/**
 * The one place where access becomes an answer: 404 for a row that somebody may not know of, 403 for one that they may only
 * read.
 * @throws AppError `notFound`, or `forbidden` with the detail.
 */
export const requireWrite = (access: Access, notFound: ErrorCode, detail?: string): void => {
  if (access === 'none') throw new AppError(notFound)
  if (access === 'read') throw new AppError('forbidden', { detail })
}
