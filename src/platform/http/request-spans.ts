import type { Request, RequestHandler, Response } from 'express'
import type { App } from '../app-context.ts'
import { inSpan, type Span } from '../tracing/spans.ts'
import { isOfTrustedProxy } from './client-address.ts'
import { contextOf } from './request-context.ts'

/** What is asked every few seconds, and tells nothing of what people do. */
const unobserved = /^\/(?:api\/(?:v1\/)?)?(?:health|ready|metrics|version)\/?$/i

/** Ends the span of a request, named by the template of its route: an address has ids in it. */
const endSpan = (span: Span, req: Request, res: Response, isGone: boolean): void => {
  const { route, principal } = contextOf(res)
  const { statusCode: status } = res
  if (route !== null) {
    span.rename(`${req.method} ${route}`)
    span.set({ 'http.route': route })
  }
  if (principal !== null) span.set({ 'counterdesk.tenant_id': principal.tenantId })
  if (isGone) span.end('client_gone')
  else {
    span.set({ 'http.response.status_code': status })
    span.end(status >= 500 ? String(status) : undefined)
  }
}

/**
 * Gives each request a span, below the one that its header `traceparent` names, when a proxy of `TRUST_PROXY` passes it
 * on: otherwise strangers would decide what is recorded. Our own step, because packages that
 * change Express while it loads do not reach ES modules.
 */
export const requestSpans = ({ tracer }: App): RequestHandler => {
  if (tracer === null) return (_req, _res, next) => next()
  return (req, res, next) => {
    if (unobserved.test(req.path)) return next()
    const context = contextOf(res)
    const attributes = { 'http.request.method': req.method, 'counterdesk.request_id': context.requestId }
    const parent = isOfTrustedProxy(req) ? req.get('traceparent') : undefined
    const span = tracer.begin({ name: req.method, kind: 'server', attributes }, parent ?? null)
    context.traceId = span.traceId
    context.endSpan = () => endSpan(span, req, res, false)
    res.once('close', () => endSpan(span, req, res, !res.writableFinished))
    inSpan(span, next)
  }
}
