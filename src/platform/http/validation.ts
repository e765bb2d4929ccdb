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
