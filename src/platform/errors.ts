import { type ErrorCode, errorCodes } from '../contract/error-codes.ts'

/** One broken member of a request: a path such as `customer_id` or `items.0.name`, a sentence, a short code. */
export interface FieldError {
  field: string
  message: string
  code: string
}

/** What an error says beyond its code. `extra` members stand beside the standard ones in the answer. */
export interface ErrorOptions {
  detail?: string
  errors?: FieldError[]
  extra?: Record<string, unknown>
  headers?: Record<string, string>
  cause?: unknown
}

/** An error that is an answer. Services throw it by code; only the error handler knows HTTP statuses. */
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

/** The refusal of one member of a request: `validation_failed`, with the member as its only error. */
export const invalidMember = (field: string, message: string, code: string): AppError =>
  new AppError('validation_failed', { detail: `${field}: ${message}`, errors: [{ field, message, code }] })

/** The refusal of a member that a request may not have. */
export const unknownMember = (field: string): AppError => invalidMember(field, 'is not known here', 'unknown_member')
