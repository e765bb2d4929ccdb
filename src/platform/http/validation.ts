import type { z } from 'zod'
import type { ErrorCode } from '../../contract/error-codes.ts'
import { type FieldError, invalidRequest, unknownField } from '../errors.ts'
import { plainWords } from '../plain-words.ts'

type Issue = z.core.$ZodIssue

const nameOf = (path: PropertyKey[]): string => path.map(String).join('.')

/** A field error for each invalid member. An unknown member gets its own name, not that of its object. */
const fieldErrors = (issue: Issue): FieldError[] => {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownField(nameOf([...issue.path, key])))
  }
  const isMissing = issue.code === 'invalid_type' && issue.input === undefined
  const code = isMissing ? 'missing' : issue.code
  if (issue.path.length === 0) return [{ field: '', message: `the body ${issue.message}`, code }]
  return [{ field: nameOf(issue.path), message: issue.message, code }]
}

/**
 * Parses the parameters of a query string. Each name comes with one text, or with all of its texts; only a list takes
 * several.
 * @throws AppError `validation_failed`, with the invalid parameters.
 */
export const parseQuery = <S extends z.ZodType>(schema: S, query: Record<string, unknown>): z.output<S> => {
  const result = schema.safeParse({ ...query }, { reportInput: true, error: plainWords })
  if (result.success) return result.data
  const errors = result.error.issues.flatMap((issue): FieldError[] => {
    const [name] = issue.path
    if (name === undefined) return fieldErrors(issue)
    const field = String(name)
    const isRepeated = Array.isArray(issue.input) && issue.input === query[field]
    if (isRepeated) return [{ field, message: 'may be given only once', code: 'repeated' }]
    return fieldErrors(issue).map((error) => ({ ...error, field }))
  })
  // Each entry of a list may have the same fault.
  const different = new Map(errors.map((error) => [`${error.field} ${error.message}`, error]))
  throw invalidRequest('validation_failed', [...different.values()])
}

/**
 * Parses what a client sent.
 * @throws AppError `code`, with the invalid members.
 */
export const parse = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: ErrorCode = 'validation_failed',
): z.output<S> => {
  const result = schema.safeParse(value, { reportInput: true, error: plainWords })
  if (result.success) return result.data
  throw invalidRequest(code, result.error.issues.flatMap(fieldErrors))
}
