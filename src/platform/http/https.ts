import type { RequestHandler } from 'express'
import helmet from 'helmet'
import type { App } from '../app-context.ts'
import type { Config } from '../config.ts'
import { isOfTrustedProxy } from './client-address.ts'
import { findMappedHost } from './place.ts'
import type { Gate } from './public-call.ts'

/** Whether people reach the desk by https. */
export const isHttps = ({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>): boolean => PUBLIC_URL.startsWith('https:')

/**
 * The security headers. With an `https` `PUBLIC_URL` browsers are told to use nothing but https for this host, for a
 * year (RFC 6797). Other hosts of the domain are not ours to decide about.
 */
export const securityHeaders = ({ config }: App): RequestHandler =>
  helmet({ strictTransportSecurity: isHttps(config) ? { maxAge: 31_536_000, includeSubDomains: false } : false })

/** Whether `X-Forwarded-Proto` says http. Its first value is what the client used. */
const saysHttp = (header: string | undefined): boolean => header?.split(',')[0]?.trim().toLowerCase() === 'http'

/** The path and query of a request. A request line may name a whole address; its host is ignored. */
const targetOf = (url: string): string => {
  if (url.startsWith('/')) return url
  const address = URL.parse(url)
  return address === null ? '/' : `${address.pathname}${address.search}`
}

/**
 * Sends requests that came to a proxy over http to `PUBLIC_URL`, or to the mapped host at which they came, when that is
 * `https`: only when a proxy of `TRUST_PROXY` says so in `X-Forwarded-Proto`. So checks of health that ask the program
 * itself get their answer. The address never comes from the request.
 */
export const redirectToHttps = (app: App, gate: Gate): RequestHandler => {
  const { config } = app
  const isWanted = isHttps(config) && config.TRUST_PROXY !== false
  return async (req, res, next) => {
    if (!isWanted || !isOfTrustedProxy(req) || !saysHttp(req.get('x-forwarded-proto'))) return next()
    const address = (await findMappedHost(app, gate, req))?.address ?? config.PUBLIC_URL
    // 308 keeps the method and the body.
    res.removeHeader('Strict-Transport-Security')
    res.set('Cache-Control', 'no-store').redirect(308, `${address}${targetOf(req.originalUrl)}`)
  }
}
