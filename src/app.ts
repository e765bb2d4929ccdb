import cors from 'cors'
import express, { type Express, type RequestHandler, type Router } from 'express'
import { openApiDocument } from './api-document.ts'
import { authenticators, endpoints, gate, pages } from './modules.ts'
import type { App } from './platform/app-context.ts'
import { accessLog, requestMetrics } from './platform/http/access-log.ts'
import { authentication, callersTurn } from './platform/http/authentication.ts'
import { trustProxies } from './platform/http/client-address.ts'
import { serveConsole } from './platform/http/console.ts'
import { crossOrigin } from './platform/http/cross-origin.ts'
import { docsPage } from './platform/http/docs-page.ts'
import { redirectToHttps, securityHeaders } from './platform/http/https.ts'
import { keptOnce } from './platform/http/kept-body.ts'
import { metricsPage } from './platform/http/metrics-page.ts'
import { nothingHere } from './platform/http/nothing-here.ts'
import { cutSlug, findPlace, refuseUnknownPlace } from './platform/http/place.ts'
import { problemHandler } from './platform/http/problem.ts'
import { requestLimit, requestLimitAt } from './platform/http/rate-limits.ts'
import { requestContext } from './platform/http/request-context.ts'
import { requestSpans } from './platform/http/request-spans.ts'
import { createRouter } from './platform/http/router.ts'
import { servePages } from './platform/http/serve-pages.ts'
import { smallPages } from './platform/http/small-pages.ts'

const beforeSignIn = endpoints.filter(({ standing }) => standing !== undefined)
const afterSignIn = endpoints.filter(({ standing }) => standing === undefined)

/** Where the API is mounted. `/api/v1` comes first, because `/api` matches its paths, too. */
const mounts = ['/api/v1', '/api']

/**
 * What needs no sign-in and counts for the limit of the address. One pattern, because every request is held against it.
 */
const uncounted = /^(?:\/api(?:\/v1)?)?\/(?:metrics|docs|api-docs|version|openapi\.json)(?:\/|$)/i

const notFound: RequestHandler = () => {
  throw nothingHere()
}

/** One step of every request. */
export interface Step {
  name: string
  /** Below which paths; everywhere when it is left out. */
  at?: string[]
  /** True: a worker has this step, too, which serves nobody but those who watch it. */
  watches?: true
  handler: (app: App) => RequestHandler | Router
}

/**
 * The middleware, in order; `middleware-order.test.ts` says what depends on it. First come the steps that every answer
 * needs, then the console, the pages and the endpoints that answer while the database is away, then the sign-in and the
 * limit, then the product.
 * @internal Exported for the test that holds the order.
 */
export const middleware: Step[] = [
  { name: 'request context', watches: true, handler: () => requestContext },
  { name: 'span', handler: requestSpans },
  { name: 'access log', watches: true, handler: accessLog },
  { name: 'request metrics', watches: true, handler: requestMetrics },
  { name: 'security headers', watches: true, handler: securityHeaders },
  { name: 'slug', watches: true, handler: (app) => cutSlug(app, gate) },
  { name: 'https', handler: (app) => redirectToHttps(app, gate) },
  { name: 'cross-origin', handler: (app) => cors((req, done) => done(null, crossOrigin(app, req))) },
  { name: 'page limit', watches: true, handler: requestLimitAt(uncounted) },
  { name: 'metrics page', watches: true, handler: metricsPage },
  {
    name: 'health and document',
    watches: true,
    at: ['/', ...mounts],
    handler: (app) => createRouter(app, gate, beforeSignIn),
  },
  { name: 'docs page', at: mounts, handler: () => docsPage },
  { name: 'small pages', at: ['/', ...mounts], handler: () => smallPages },
  { name: 'place', handler: (app) => findPlace(app, gate) },
  { name: 'console', handler: (app) => serveConsole(app, gate, pages) },
  { name: 'pages', handler: (app) => servePages(app, gate, pages, endpoints) },
  { name: 'authentication', handler: (app) => authentication(app, authenticators) },
  { name: 'request limit', handler: requestLimit },
  { name: "caller's turn", handler: callersTurn },
  { name: 'tenant of the place', handler: (app) => refuseUnknownPlace(app, gate) },
  { name: 'endpoints', at: mounts, handler: (app) => createRouter(app, gate, afterSignIn) },
  { name: 'not found', watches: true, handler: () => notFound },
]

/** The steps of a worker, which serves nobody but those who watch it: its health, its metrics, and the document. */
export const watching: Step[] = middleware.filter(({ watches }) => watches)

/** The web program: the steps in their order, and the error handler behind them. */
export const createApp = (app: App, steps = middleware): Express => {
  const web = express()
  web.disable('x-powered-by').disable('etag').set('query parser', 'simple')
  trustProxies(web, app.config)
  app.apiDocument = keptOnce('application/json; charset=utf-8', () =>
    JSON.stringify(openApiDocument(app.config.PUBLIC_URL)),
  )
  for (const { at = ['/'], handler } of steps) {
    const handle = handler(app)
    for (const path of at) web.use(path, handle)
  }
  return web.use(problemHandler(app, gate))
}
