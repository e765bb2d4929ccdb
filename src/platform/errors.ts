import { type ErrorCode, errorCodes } from '../contract/error-codes.ts'

/** One invalid member of a request: its path, such as `customer_id` or `items.0.name`, a sentence, and a short code. */
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

/** The error for a request with invalid members. The detail repeats them in one sentence. */
export const invalidRequest = (code: ErrorCode, errors: FieldError[]): AppError =>
  new AppError(code, {
    detail: errors.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; '),
    errors,
  })

/** The error `validation_failed` for one member of a request. */
export const invalidMember = (field: string, message: string, code: string): AppError =>
  invalidRequest('validation_failed', [{ field, message, code }])

/** What is wrong with a member that a request may not have. */
export const unknownField = (field: string): FieldError => ({
  field: field.slice(0, 200),
  message: 'is not known here',
  code: 'unknown_member',
})

/** The error `validation_failed` for a member that a request may not have. */
export const unknownMember = (field: string): AppError => invalidRequest('validation_failed', [unknownField(field)])
