import { randomUUID } from 'node:crypto'
import type { RequestHandler, Response } from 'express'
import type { AppError } from '../errors.ts'

/** Who calls, as far as the platform cares: enough to count, to scope and to log. */
export interface Principal {
  tenantId: number
  accountId: string
  role: string
}

/** What belongs to one request; kept in `res.locals`. */
export interface RequestContext {
  requestId: string
  principal: Principal | null
  /** What was wrong with the credentials, when there were some: the answer wherever a sign-in is needed. */
  refusal: AppError | null
  /** The template of the route, such as `/tickets/:ticketId`: a metric must not have a label for every ticket. */
  route: string | null
}

export const contextOf = (res: Response): RequestContext => res.locals as RequestContext

export const requestIdOf = (res: Response): string => contextOf(res).requestId

const sane = /^[A-Za-z0-9._:/+=-]{1,128}$/

/** Gives every request an id: the caller's own `X-Request-Id` if it is a sane one, else a new one. */
export const requestContext: RequestHandler = (req, res, next) => {
  const given = req.get('x-request-id')
  const context: RequestContext = {
    requestId: given !== undefined && sane.test(given) ? given : randomUUID(),
    principal: null,
    refusal: null,
    route: null,
  }
  Object.assign(res.locals, context)
  res.set('X-Request-Id', context.requestId)
  next()
}
