import { isIP } from 'node:net'
import type { Request, RequestHandler } from 'express'
import type { App } from '../app-context.ts'
import type { Config } from '../config.ts'
import { isDatabaseUnavailable } from '../db/connection-errors.ts'
import { AppError } from '../errors.ts'
import { addressOfHost } from '../tenant-facts.ts'
import type { Gate } from './public-call.ts'
import { requestLimit } from './rate-limits.ts'
import { contextOf, knownPlace, type Place } from './request-context.ts'

/** The host of `PUBLIC_URL` is nobody's, so requests that come there ask no list. */
const ownHostOf = ({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>): string => new URL(PUBLIC_URL).hostname

/**
 * The name in the header `Host`: small letters, no port, no dot at its end. Null for what is no name, such as an IP
 * address. No other header counts, such as `X-Forwarded-Host`, because a client may send it past the proxy.
 * @internal Exported for its test.
 */
export const hostNameOf = ({ headers }: Pick<Request, 'headers'>): string | null => {
  const name = (headers.host ?? '')
    .toLowerCase()
    .replace(/:\d{0,5}$/, '')
    .replace(/\.$/, '')
  return /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(name) && isIP(name) === 0 ? name : null
}

/** The form of a header `Host`: a name, an IPv4 address or an IPv6 address in brackets, and a port or none. */
const hostForm = /^(?:\[[\da-f:.]+\]|[\w-]+(?:\.[\w-]+)*\.?)?(?::\d{0,5})?$/i

/**
 * Refuses a `Host` of no valid form: it may look like the mapped host of a tenant, and would lead to another.
 * @throws AppError `malformed_request`.
 */
const refuseOddHost = ({ headers }: Pick<Request, 'headers'>): void => {
  if (hostForm.test(headers.host ?? '')) return
  throw new AppError('malformed_request', { detail: 'The header Host has no valid form.' })
}

/** The mapped host of a request, with its tenant; null when its host is not mapped. */
export const findMappedHost = async (
  app: App,
  gate: Gate,
  req: Request,
): Promise<{ slug: string; address: string } | null> => {
  const host = hostNameOf(req)
  if (host === null || host === ownHostOf(app.config)) return null
  const slug = (await gate.mappedHosts(app)).get(host)
  return slug === undefined ? null : { slug, address: addressOfHost(app.config, host) }
}

/**
 * The name of a session cookie. The one of `PUBLIC_URL` is also that of the default tenant, as before there were
 * addresses. No slug has an underscore, so no tenant gets the name of another.
 */
const cookieAt = (gate: Gate, slug: string | null): string => {
  if (slug === null || slug === gate.defaultSlug) return 'counterdesk_session'
  return slug === 'session' ? 'counterdesk_session_' : `counterdesk_${slug}`
}

const placeAt = (gate: Gate, slug: string | null, address: string, fault: unknown = null): Place => ({
  slug,
  address,
  cookie: cookieAt(gate, slug),
  fault,
})

const belowSlug = /^\/t\/([a-z0-9](?:-?[a-z0-9])*)(?=[/?]|$)/
const maxSlug = 63

/** What the operator asks, and a proxy may hide: it stands at the root alone, so that no second address leads to it. */
const ofOperator = /^(?:(?:\/api(?:\/v1)?)?\/(?:health|ready|metrics|version)|\/api(?:\/v1)?\/tenants)(?:[/?]|$)/i

/**
 * Cuts `/t/<slug>` off the path of a request, and notes the slug. All steps behind it see the path that is below the
 * address of the tenant. What has another form, such as `/T/<slug>` or `/t/../`, is left as it is, and is nothing.
 */
export const cutSlug = (app: App, gate: Gate): RequestHandler => {
  const { PUBLIC_URL } = app.config
  return (req, res, next) => {
    const [start = '', slug = null] = belowSlug.exec(req.url) ?? []
    const rest = req.url.slice(start.length)
    const isCut = slug !== null && slug.length <= maxSlug && !ofOperator.test(rest)
    contextOf(res).place = placeAt(gate, isCut ? slug : null, isCut ? `${PUBLIC_URL}${start}` : PUBLIC_URL)
    if (!isCut) return next()
    // Relative addresses of the page at the root need the slash.
    if (!rest.startsWith('/') && (req.method === 'GET' || req.method === 'HEAD')) {
      return res.set('Cache-Control', 'no-store').redirect(308, `${slug}/${rest}`)
    }
    req.url = rest.startsWith('/') ? rest : `/${rest}`
    next()
  }
}

/**
 * Refuses a request that names another tenant than that of its address.
 * @throws AppError `other_tenant`.
 */
export const refuseOtherTenant = ({ slug }: Place, named: string | undefined): void => {
  if (slug === null || named === undefined || named === slug) return
  throw new AppError('other_tenant', { detail: `This is the address of the tenant ${slug}.` })
}

/** The place of a request by its host, its path and `X-Tenant`. @throws AppError `other_tenant`, `malformed_request`. */
const placeOf = async (app: App, gate: Gate, req: Request, { slug, address }: Place): Promise<Place> => {
  refuseOddHost(req)
  const mapped = await findMappedHost(app, gate, req)
  const found =
    mapped === null
      ? placeAt(gate, slug, address)
      : placeAt(gate, mapped.slug, slug === null ? mapped.address : `${mapped.address}/t/${slug}`)
  if (slug !== null) refuseOtherTenant(found, slug)
  refuseOtherTenant(found, req.get('x-tenant'))
  return found
}

/**
 * Finds the place of a request. A refusal counts for the limit of requests. While the database is away the place is the
 * one that the path says, for pages that are the same for all; what depends on the tenant asks `knownPlace`.
 */
export const findPlace = (app: App, gate: Gate): RequestHandler => {
  const limit = requestLimit(app)
  return async (req, res, next) => {
    const context = contextOf(res)
    context.usualLanguage = app.config.LANGUAGES[0] ?? 'en'
    try {
      context.place = await placeOf(app, gate, req, context.place)
      next()
    } catch (error) {
      if (error instanceof AppError && (error.code === 'other_tenant' || error.code === 'malformed_request'))
        return limit(req, res, (over) => next(over ?? error))
      context.place = { ...context.place, fault: error }
      next()
    }
  }
}

/** What goes on while a tenant is suspended: mails that it sent before have this address, and must be ended by it. */
const whileSuspended = /^(?:\/api(?:\/v1)?)?\/unsubscribe\/?$/i

/** @throws AppError `tenant_not_found` when the place is that of no tenant, and what `findTenantId` throws. */
const refuseNoTenant = async (app: App, gate: Gate, { slug }: Place, path: string): Promise<void> => {
  if (slug === null) return
  if (whileSuspended.test(path)) await gate.findAnyTenantId(app, slug)
  else await gate.findTenantId(app, slug)
}

/** Refuses requests below `/t/<slug>` when there is no such tenant. It stands behind the limits, because it asks. */
export const refuseUnknownPlace = (app: App, gate: Gate): RequestHandler => {
  return async ({ path }, res, next) => {
    const { place, principal } = contextOf(res)
    // Whoever is signed in at the place is of its tenant.
    if (principal === null) await refuseNoTenant(app, gate, knownPlace({ place }), path)
    next()
  }
}

/** The same for the page of the console, which is shown while the database is away. */
export const refuseUnknownPage = (app: App, gate: Gate): RequestHandler => {
  return async ({ path }, res, next) => {
    try {
      await refuseNoTenant(app, gate, contextOf(res).place, path)
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error
    }
    next()
  }
}
