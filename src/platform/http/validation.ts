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
  return [
    {
      field: nameOf(issue.path),
      message: issue.path.length === 0 && isMissing ? 'the body is missing' : issue.message,
      code: isMissing ? 'missing' : issue.code,
    },
  ]
}

/**
 * Parses the parameters of a query string. Each name comes with one text, or with all of its texts; only a list takes
 * several.
 * @throws AppError `validation_failed`, with the invalid parameters (at most 50).
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
  throw invalidRequest('validation_failed', [...different.values()].slice(0, 50))
}

/**
 * Parses what a client sent.
 * @throws AppError `code`, with the invalid members (at most 50).
 */
export const parse = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: ErrorCode = 'validation_failed',
): z.output<S> => {
  const result = schema.safeParse(value, { reportInput: true, error: plainWords })
  if (result.success) return result.data
  throw invalidRequest(code, result.error.issues.flatMap(fieldErrors).slice(0, 50))
}
