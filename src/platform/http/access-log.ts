import type { Request, RequestHandler, Response } from 'express'
import morgan from 'morgan'
import type { App } from '../app-context.ts'
import { inSeconds } from '../clock.ts'
import { isEventStream } from '../live/event-stream.ts'
import { painterOf, timeOfDay, withoutControls } from '../readable-log.ts'
import { addressOf, agentOf } from './client-address.ts'
import { contextOf } from './request-context.ts'

/** The path without the query string, which may have a name, an address or, by mistake, a token. */
const pathOf = (req: Request): string => req.originalUrl.split('?', 1)[0] ?? ''

const jsonLine =
  ({ clock }: App): morgan.FormatFn<Request, Response> =>
  (tokens, req, res) => {
    const { requestId, callerRequestId, traceId, principal } = contextOf(res)
    return JSON.stringify({
      time: inSeconds(clock, 0),
      level: 'info',
      msg: 'request',
      request_id: requestId,
      caller_request_id: callerRequestId ?? undefined,
      trace_id: traceId ?? undefined,
      method: req.method,
      path: pathOf(req),
      status: res.headersSent ? res.statusCode : null,
      duration_ms: Number(tokens['response-time']?.(req, res) ?? Number.NaN),
      bytes: Number(res.getHeader('content-length') ?? 0),
      address: addressOf(req),
      user_agent: agentOf(req) ?? undefined,
      tenant_id: principal?.tenantId,
      account_id: principal?.accountId,
      api_token_id: principal?.token?.tokenId,
    })
  }

/** The colour of a status: what failed here, what the caller got wrong, and what went well. */
const colourOf = (status: number): 'red' | 'yellow' | 'green' => {
  if (status >= 500) return 'red'
  return status >= 400 ? 'yellow' : 'green'
}

/** The line for a person: coloured on a terminal, and without anything that a terminal obeys. */
const readableLine = ({ accessLog: stream, clock }: App): morgan.FormatFn<Request, Response> => {
  const paint = painterOf(stream)
  return (tokens, req, res) => {
    const { requestId, callerRequestId, principal } = contextOf(res)
    const status = res.headersSent ? paint(colourOf(res.statusCode), String(res.statusCode)) : 'aborted'
    const duration = tokens['response-time']?.(req, res) ?? '-'
    const what = withoutControls(`${req.method} ${pathOf(req)}`)
    const ids = callerRequestId === null ? requestId : `${requestId} ${callerRequestId}`
    const who = `${principal?.accountId ?? '-'} ${ids}`
    return `${paint('grey', timeOfDay(new Date(clock.now())))} ${what} ${status} ${duration} ms ${paint('grey', who)}`
  }
}

/** One line for each answered request: JSON in production, readable in development, none when the log is silent. */
export const accessLog = (app: App): RequestHandler =>
  morgan(app.config.NODE_ENV === 'production' ? jsonLine(app) : readableLine(app), {
    skip: () => !app.log.isLevelEnabled('info'),
    stream: app.accessLog,
  })

/** Measures the time of each request, by the template of its route. Streams are left out: they last for hours. */
export const requestMetrics = (app: App): RequestHandler => {
  return (req, res, next) => {
    const stop = app.metrics.requests.startTimer({ method: req.method })
    res.once('finish', () => {
      if (!isEventStream(res)) stop({ route: contextOf(res).route ?? 'none', status: String(res.statusCode) })
    })
    next()
  }
}
