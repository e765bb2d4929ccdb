import type { IncomingHttpHeaders } from 'node:http'
import type { CorsOptions } from 'cors'
import type { App } from '../app-context.ts'

/** The headers that pages of other origins may read. */
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

/**
 * What a page of another origin may do. `cors` answers preflights itself. An OPTIONS request that is not a preflight
 * gets 405 with `Allow`, or 404, like any other method.
 */
export const crossOrigin = ({ config }: App, { headers }: { headers: IncomingHttpHeaders }): CorsOptions => ({
  origin: config.CORS_ORIGINS,
  credentials: true,
  exposedHeaders: exposed,
  maxAge: 600,
  preflightContinue: headers['access-control-request-method'] === undefined,
})
