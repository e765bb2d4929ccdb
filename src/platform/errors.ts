import { type ErrorCode, errorCodes } from '../contract/error-codes.ts'

/**
 * One invalid member of a request: its path, such as `customer_id` or `items.0.name`, what is wrong with it, and a
 * short code. `message` goes on after the name: `must be text`. The path is empty when the sentence has a subject of
 * its own.
 */
export interface FieldError {
  field: string
  message: string
  code: string
}

/** What an error says beside its code. The answer has the `extra` members beside the standard ones. */
export interface ErrorOptions {
  detail?: string
  errors?: FieldError[]
  extra?: Record<string, unknown>
  headers?: Record<string, string>
  cause?: unknown
}

/** An error that becomes an answer. Services throw it by code; only the error handler knows HTTP statuses. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly options: ErrorOptions

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    super(options.detail ?? errorCodes[code].title, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.options = options
  }
}

/** What is wrong, as a sentence that can be read alone: `limit must be at most 100`. */
export const sentenceOf = ({ field, message }: FieldError): string => (field === '' ? message : `${field} ${message}`)

/** How many invalid members a refusal lists, and how many characters of them its detail repeats. */
const listedAtMost = 10
const detailAtMost = 300

/** The sentences as far as the detail has room for them, the first one always, and how many there are beside them. */
const detailOf = (errors: FieldError[]): string => {
  const said: string[] = []
  for (const sentence of errors.slice(0, listedAtMost).map(sentenceOf)) {
    if (said.length > 0 && [...said, sentence].join('; ').length > detailAtMost) break
    said.push(sentence)
  }
  return said.length === errors.length ? said.join('; ') : `${said.join('; ')}; and ${errors.length - said.length} more`
}

/** The error for a request with invalid members, at most ten of them. The detail repeats them in one sentence. */
export const invalidRequest = (code: ErrorCode, errors: FieldError[]): AppError =>
  new AppError(code, { detail: detailOf(errors), errors: errors.slice(0, listedAtMost) })

/** How many bytes of a name that the caller made up a refusal repeats, written as JSON. */
const nameBytes = 30

/** A name that the caller made up, as far as a refusal repeats it. */
const shortened = (name: string): string => {
  const characters = [...name.slice(0, nameBytes)]
  while (Buffer.byteLength(JSON.stringify(characters.join(''))) > nameBytes + 2) characters.pop()
  const kept = characters.join('')
  return kept === name ? kept : `${kept}…`
}

/** The error `validation_failed` for one member of a request. */
export const invalidMember = (field: string, message: string, code: string): AppError =>
  invalidRequest('validation_failed', [{ field, message, code }])

/** What is wrong with a member that a request may not have. `instead`: the name of what does the same. */
export const unknownField = (field: string, instead?: string): FieldError => ({
  field: shortened(field),
  message: instead === undefined ? 'is not known here' : `is not known here: use ${instead}`,
  code: 'unknown_member',
})

/** The error `validation_failed` for a member that a request may not have. */
export const unknownMember = (field: string): AppError => invalidRequest('validation_failed', [unknownField(field)])
