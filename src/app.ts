import type { IncomingHttpHeaders } from 'node:http'
import cors, { type CorsOptions } from 'cors'
import express, { type Express } from 'express'
import helmet from 'helmet'
import { attachmentRoutes } from './modules/attachments/attachments.routes.ts'
import { objectRoutes } from './modules/attachments/objects.routes.ts'
import { auditRoutes } from './modules/audit/audit.routes.ts'
import { historyRoutes } from './modules/audit/history.routes.ts'
import { authRoutes } from './modules/auth/auth.routes.ts'
import { findPrincipal } from './modules/auth/auth.service.ts'
import { authorize, rolesThatMay } from './modules/auth/capabilities.ts'
import { usersRoutes } from './modules/auth/users.routes.ts'
import { commentRoutes } from './modules/comments/comments.routes.ts'
import { customerRoutes, registrationRoutes } from './modules/customers/customers.routes.ts'
import { notificationRoutes } from './modules/notifications/notifications.routes.ts'
import { linkRoutes } from './modules/relations/links.routes.ts'
import { tagRoutes } from './modules/relations/tags.routes.ts'
import { watcherRoutes } from './modules/relations/watchers.routes.ts'
import { serviceRoutes } from './modules/service/service.routes.ts'
import { technicianRoutes } from './modules/technicians/technicians.routes.ts'
import { getTenantId } from './modules/tenants/tenants.service.ts'
import { mergingRoutes } from './modules/tickets/merging.routes.ts'
import { ticketRoutes } from './modules/tickets/tickets.routes.ts'
import type { App } from './platform/app-context.ts'
import { AppError } from './platform/errors.ts'
import { accessLog, requestMetrics } from './platform/http/access-log.ts'
import { authentication } from './platform/http/authentication.ts'
import { docsPage } from './platform/http/docs-page.ts'
import type { Endpoint } from './platform/http/endpoint.ts'
import { metricsPage } from './platform/http/metrics-page.ts'
import { createOpenApiDocument } from './platform/http/openapi.ts'
import { problemHandler } from './platform/http/problem.ts'
import { requestLimit, signInLimit } from './platform/http/rate-limits.ts'
import { requestContext } from './platform/http/request-context.ts'
import { createRouter } from './platform/http/router.ts'

/** Everything the API does, in the order of its document. */
const productEndpoints: Endpoint[] = [
  ...authRoutes.slice(0, 1),
  ...registrationRoutes.slice(0, 1),
  ...authRoutes.slice(1),
  ...registrationRoutes.slice(1),
  ...usersRoutes,
  ...customerRoutes,
  ...technicianRoutes,
  ...ticketRoutes,
  ...mergingRoutes,
  ...linkRoutes,
  ...tagRoutes,
  ...watcherRoutes,
  ...historyRoutes,
  ...commentRoutes,
  ...attachmentRoutes,
  ...objectRoutes,
  ...notificationRoutes,
  ...auditRoutes,
]

/** The OpenAPI document of this program when it is reached at `publicUrl`. */
export const openApiDocument = (publicUrl: string): Record<string, unknown> =>
  createOpenApiDocument(
    allEndpoints,
    {
      title: 'Counterdesk',
      version: '1.0.0',
      description: 'A helpdesk: customers raise tickets, admins assign technicians, technicians resolve them.',
      serverUrl: `${publicUrl}/api`,
    },
    rolesThatMay,
  )

let document: Record<string, unknown> | undefined
const serviceEndpoints = (app?: App): Endpoint[] =>
  serviceRoutes(() => {
    document ??= openApiDocument(app?.config.PUBLIC_URL ?? '')
    return document
  })

/** All endpoints; the structural tests hold them against the router and the document. */
export const allEndpoints: Endpoint[] = [...productEndpoints, ...serviceEndpoints()]

/** The web program: the order of its middleware, its routers, its error handler. */
export const createApp = (app: App): Express => {
  const web = express()
  web.disable('x-powered-by').disable('etag').set('query parser', 'simple').set('trust proxy', app.config.TRUST_PROXY)

  const gate = { authorize, findTenantId: getTenantId }
  const limitSignIns = signInLimit(app)
  const service = createRouter(app, gate, limitSignIns, serviceEndpoints(app))
  const product = createRouter(app, gate, limitSignIns, productEndpoints)
  // The longer one first: Express strips the first that fits.
  const mounts = ['/api/v1', '/api']

  web.use(requestContext, accessLog(app), requestMetrics(app), helmet())
  web.use(cors((req, done) => done(null, crossOrigin(app, req))))
  web.use(metricsPage(app))
  web.use(service).use(mounts, service)
  web.use(mounts, docsPage)
  web.use(authentication(app, findPrincipal), requestLimit(app))
  web.use(mounts, product)
  web.use(() => {
    throw new AppError('route_not_found')
  })
  web.use(problemHandler(app.log))
  return web
}

/** It answers preflights itself; an OPTIONS that is none gets 405 with `Allow`, or 404, like any other method. */
const crossOrigin = ({ config }: App, { headers }: { headers: IncomingHttpHeaders }): CorsOptions => ({
  origin: config.CORS_ORIGINS,
  credentials: true,
  exposedHeaders: exposed,
  maxAge: 600,
  preflightContinue: headers['access-control-request-method'] === undefined,
})

const exposed = [
  'Content-Disposition',
  'Content-Range',
  'ETag',
  'Idempotency-Replayed',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
]
