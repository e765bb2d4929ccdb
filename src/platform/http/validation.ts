import type { z } from 'zod'
import type { ErrorCode } from '../../contract/error-codes.ts'
import { type FieldError, invalidRequest, unknownField } from '../errors.ts'
import { isPlainlyUnknown, plainWords } from '../plain-words.ts'
import { reversedRanges } from './reversed-ranges.ts'
import { knownMembers, ownNameOf } from './unknown-members.ts'

type Issue = z.core.$ZodIssue

const nameOf = (path: PropertyKey[]): string => path.map(String).join('.')

/** What is wrong, as a word for programs. The words are in the guide, and say nothing of the validator. */
const codes: Partial<Record<Issue['code'], string>> = {
  invalid_type: 'invalid_type',
  invalid_format: 'invalid_format',
  too_small: 'too_small',
  too_big: 'too_big',
}

/** A rule of a schema may say its own word, in `params` of the issue. */
const codeOf = (issue: Issue): string => {
  if (issue.code === 'custom' && typeof issue.params?.code === 'string') return issue.params.code
  return issue.message === 'is missing' ? 'missing' : (codes[issue.code] ?? 'invalid_value')
}

/**
 * A field error for each invalid member. An unknown member gets its own name, not that of its object; `known` are the
 * members that there are.
 */
const fieldErrors = (issue: Issue, known: string[]): FieldError[] => {
  if (issue.code === 'unrecognized_keys') {
    // A schema may have words of its own for members that it does not know.
    if (!isPlainlyUnknown(issue.message)) {
      return issue.keys.map((key) => ({ ...unknownField(nameOf([...issue.path, key])), message: issue.message }))
    }
    const names = issue.path.length === 0 ? known : []
    return issue.keys.map((key) => unknownField(nameOf([...issue.path, key]), ownNameOf(key, names)))
  }
  const code = codeOf(issue)
  if (issue.path.length === 0) return [{ field: '', message: `the body ${issue.message}`, code }]
  return [{ field: nameOf(issue.path), message: issue.message, code }]
}

/** Without the white space at its ends, which comes with what is copied into an address. */
const trimmed = (given: unknown): unknown => {
  if (Array.isArray(given)) return given.map(trimmed)
  return typeof given === 'string' ? given.trim() : given
}

/**
 * Parses the parameters of a query string. Each name comes with one text, or with all of its texts; only a list takes
 * several. A part of a time may not end before it begins.
 * @throws AppError `validation_failed`, with the invalid parameters.
 */
export const parseQuery = <S extends z.ZodType>(schema: S, given: Record<string, unknown>): z.output<S> => {
  const query = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, trimmed(value)]))
  const known = knownMembers(schema)
  const result = schema.safeParse(query, { reportInput: true, error: plainWords })
  if (result.success) {
    const reversed = reversedRanges(query)
    if (reversed.length > 0) throw invalidRequest('validation_failed', reversed)
    return result.data
  }
  const errors = result.error.issues.flatMap((issue): FieldError[] => {
    const [name] = issue.path
    if (name === undefined) return fieldErrors(issue, known)
    const field = String(name)
    const isRepeated = Array.isArray(issue.input) && issue.input === query[field]
    if (isRepeated) return [{ field, message: 'may be given only once', code: 'repeated' }]
    return fieldErrors(issue, known).map((error) => ({ ...error, field }))
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
  const known = knownMembers(schema)
  throw invalidRequest(
    code,
    result.error.issues.flatMap((issue) => fieldErrors(issue, known)),
  )
}
