import type { Request } from 'express'
import { AppError } from '../errors.ts'
import { authorize } from './authorize.ts'
import { whenGone } from './client-gone.ts'
import type { ByteCall, Call, Endpoint } from './endpoint.ts'
import type { RequestContext } from './request-context.ts'
import { grantTime } from './request-time.ts'

/** What the handler of bytes gets of a request. */
export const incomingOf = (req: Request): ByteCall['incoming'] => {
  const length = req.get('content-length')
  return {
    contentType: req.get('content-type'),
    contentLength: length === undefined ? null : Number(length),
    range: req.get('range'),
    stream: req,
    target: req.url,
    grantTime: () => grantTime(req),
  }
}

/** What a handler that waits gets of a request. */
export const waitingOf = (req: Request, endpoint: Endpoint, context: RequestContext): Call<unknown>['waiting'] => ({
  whenGone: whenGone(req),
  lastEventId: req.get('last-event-id') || null,
  async findActor() {
    const principal = await context.findAgain()
    authorize(endpoint, principal)
    return principal
  },
})

/** Turns the error of a reader into `malformed_request` when the client sent only a part of the body. */
export const refuseCutOff = (req: Request, error: unknown): never => {
  throw req.destroyed && !req.complete && !(error instanceof AppError)
    ? new AppError('malformed_request', { detail: 'The body ended too early.' })
    : error
}
