import type { ErrorRequestHandler, Response } from 'express'
import { z } from 'zod'
import { type ErrorCode, errorCodes } from '../../contract/error-codes.ts'
import type { App } from '../app-context.ts'
import { isDatabaseUnavailable } from '../db/connection-errors.ts'
import { AppError, sentenceOf } from '../errors.ts'
import { isForPage, sendErrorPage } from './page-errors.ts'
import { noteUsualLanguage } from './page-language.ts'
import type { Gate } from './public-call.ts'
import { contextOf, requestIdOf } from './request-context.ts'

const ErrorCodeName = z
  .enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]])
  .meta({ id: 'ErrorCode', description: 'A short word for programs. More codes may come.' })

/** Problem details (RFC 9457), with the members that the API adds. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: ErrorCodeName,
    detail: z.string(),
    request_id: z.string(),
    errors: z
      .array(
        z.object({
          field: z.string().optional().meta({ description: 'What it is about: a member or parameter, or a ticket.' }),
          message: z.string().meta({ description: 'A sentence that names the field.' }),
          code: z.string().optional(),
        }),
      )
      .min(1)
      .meta({ description: 'Each fault of the request; where there is none to name, one entry with the detail.' }),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457). A client decides by `code`.' })

/** Turns an error of the body parser or the router, which has a status and a type, into an `AppError`. */
const fromHttpError = (error: { status?: unknown; type?: unknown; limit?: unknown }): AppError | null => {
  switch (error.type) {
    case 'entity.too.large':
      return new AppError('body_too_large', { detail: `This body may have at most ${error.limit} bytes.` })
    case 'entity.parse.failed':
      return new AppError('malformed_json')
    case 'encoding.unsupported':
      return new AppError('not_json', { detail: 'Send the body as it is, without Content-Encoding.' })
    case 'charset.unsupported':
      return new AppError('not_json')
  }
  const isClientFault = typeof error.status === 'number' && error.status >= 400 && error.status < 500
  return isClientFault ? new AppError('malformed_request') : null
}

const toAppError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  if (isDatabaseUnavailable(error)) {
    return new AppError('unavailable', {
      detail: 'The database is away or too busy. Try again; with the same Idempotency-Key nothing is done twice.',
      headers: { 'Retry-After': '2' },
      cause: error,
    })
  }
  const known = typeof error === 'object' && error !== null ? fromHttpError(error) : null
  return known ?? new AppError('internal', { cause: error })
}

/** The text of a problem. Equal errors give equal texts, except for `request_id`. */
export const problemText = ({ code, options: { detail, errors, extra } }: AppError, requestId: string): string => {
  const { status, title } = errorCodes[code]
  const said = detail ?? `${title}.`
  // What is wrong with the body as a whole has no field.
  const named = (errors ?? []).map(({ field, ...error }) => ({
    ...(field === '' ? {} : { field }),
    ...error,
    message: sentenceOf({ field, ...error }),
  }))
  return JSON.stringify({
    type: 'about:blank',
    title,
    status,
    code,
    detail: said,
    request_id: requestId,
    errors: named.length > 0 ? named : [{ message: said }],
    ...extra,
  })
}

/** Refusals whose page asks the database nothing more: it is away, or there is no one tenant, or too much is asked. */
const unasked = new Set<ErrorCode>(['unavailable', 'other_tenant', 'tenant_not_found', 'rate_limited'])

/**
 * Notes the language of the tenant for the page of an error; at an address of no tenant, that of the default tenant.
 * For the refusals that ask nothing more, the language of the program holds.
 */
const noteLanguage = async (app: App, gate: Gate, res: Response, { code }: AppError): Promise<void> => {
  if (unasked.has(code)) return
  await noteUsualLanguage(app, gate, res, contextOf(res).place.slug ?? undefined)
}

/** Sends an error: as a page where a person reads it in a browser, else as problem+json. */
const sendError = async (app: App, gate: Gate, res: Response, error: AppError): Promise<void> => {
  const { status } = errorCodes[error.code]
  const usual = status === 503 || status === 429 ? { 'Retry-After': '2' } : {}
  // RFC 9110, 15.5.2: a 401 says how to sign in.
  // RFC 6750, 3.1: a token that came and does not count is named.
  const named = error.code === 'invalid_token' ? ', error="invalid_token"' : ''
  const challenge = status === 401 ? { 'WWW-Authenticate': `Bearer realm="counterdesk"${named}` } : {}
  res.status(status).set({ 'Cache-Control': 'no-store', ...usual, ...challenge, ...error.options.headers })
  if (!isForPage(res, error)) {
    res.type('application/problem+json').send(problemText(error, requestIdOf(res)))
    return
  }
  await noteLanguage(app, gate, res, error)
  sendErrorPage(res, error)
}

/** The last middleware, and the only place that turns an error into an HTTP status. */
export const problemHandler =
  (app: App, gate: Gate): ErrorRequestHandler =>
  async (error, _req, res, _next) => {
    const problem = toAppError(error)
    const { status } = errorCodes[problem.code]
    const { cause } = problem.options
    if (cause !== undefined) {
      const { requestId, callerRequestId } = contextOf(res)
      const ids = { request_id: requestId, caller_request_id: callerRequestId ?? undefined }
      app.log[status === 500 ? 'error' : 'warn']({ error: cause, ...ids }, problem.message)
    }
    if (res.headersSent) res.destroy()
    else await sendError(app, gate, res, problem)
  }
