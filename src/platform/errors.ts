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

/** The error `validation_failed` for one member of a request. */
export const invalidMember = (field: string, message: string, code: string): AppError =>
  new AppError('validation_failed', { detail: `${field}: ${message}`, errors: [{ field, message, code }] })

/** The error `validation_failed` for a member that a request may not have. */
export const unknownMember = (field: string): AppError => invalidMember(field, 'is not known here', 'unknown_member')
