import type { Request, RequestHandler } from 'express'
import type { App } from '../app-context.ts'
import { inTurn } from '../db/connection-turns.ts'
import { AppError } from '../errors.ts'
import { type AddressCredential, credentialInAddress } from './address-credentials.ts'
import { addressKey, addressOf, agentOf } from './client-address.ts'
import { whenGone } from './client-gone.ts'
import { contextOf, knownPlace, type Place, type Principal } from './request-context.ts'
import { type SessionCookies, sessionCookie } from './session-cookie.ts'

/** What an authenticator may want to know of a request beside the credential. */
interface RequestFacts {
  requestId: string
  /** The address of the client, as far as `TRUST_PROXY` tells it, or `unknown`. */
  address: string
  /** What the client is counted by: the address, or its network. */
  addressKey: string
  /** The header `User-Agent`, or null. */
  userAgent: string | null
  /**
   * Where the credential stands: in the header Authorization, the address, or a session cookie. See `SessionCookies`.
   */
  carrier: 'header' | 'address' | SessionCookies['carrier']
}

/** A way to sign in with each request. A module gives it; the first that recognizes a credential verifies it. */
export interface Authenticator {
  name: string
  /** Whether a credential has the form of this authenticator. It looks at the text only. */
  recognizes: (credential: string) => boolean
  /**
   * Whether this program made a credential for a session cookie, as far as its text tells; no database is asked. Null:
   * such credentials come in the header Authorization only.
   */
  isGoodCookie: ((app: App, credential: string) => boolean) | null
  /** Where such a credential stands in the address of a request. It counts nowhere else. Without this it never does. */
  inAddress?: AddressCredential
  /** Finds the account of a credential. @throws AppError `invalid_token`. */
  verify: (app: App, credential: string, facts: RequestFacts) => Promise<Principal>
}

/** Whether the browser says that another site started the request, where it does not say which. */
const saysOtherSite = (site: string | undefined): boolean => site === 'cross-site' || site === 'same-site'

/**
 * Refuses a change that another site starts, because a browser may send the cookie with such a request. SameSite=Lax
 * stops most of them. A change must also come from this site or one of `CORS_ORIGINS`, by `Origin`; without that header
 * by `Sec-Fetch-Site`. What sends neither is no browser of the last years, such as curl with a cookie jar.
 * @throws AppError `cross_site_request`.
 */
export const refuseCrossSite = (app: App, req: Request, place: Place): void => {
  if (req.method !== 'GET' && req.method !== 'HEAD') refuseOtherSite(app, req, place)
}

/**
 * Refuses a request that another site starts, whatever its method. For what another site must not even read. This site
 * is the origin of the place, or whatever the browser itself names in `Host`: a page cannot choose that header. So a
 * mapped host takes no request of another tenant's host, nor of `PUBLIC_URL`.
 * @throws AppError `cross_site_request`.
 */
export const refuseOtherSite = (app: App, req: Request, { address }: Place): void => {
  const origin = req.get('origin')
  const ownOrigins = [new URL(address).origin, `${req.protocol}://${req.get('host')}`]
  const isOwn = origin === undefined || ownOrigins.includes(origin) || app.config.CORS_ORIGINS.includes(origin)
  const isFromElsewhere = origin === undefined && saysOtherSite(req.get('sec-fetch-site'))
  if (!isOwn || isFromElsewhere) throw new AppError('cross_site_request')
}

const tokenIn = (header: string): string => {
  const [, token] = /^Bearer +([^\s]+)$/i.exec(header) ?? []
  if (token === undefined) throw new AppError('invalid_token')
  return token
}

/** What a request brings to an authenticator: where it came, and what is known of it. */
type Coming = RequestFacts & { place: Place }

/** @throws AppError `invalid_token`, also when the account is of another tenant than that of the address. */
const verifyBy = async (
  app: App,
  { verify }: Authenticator,
  credential: string,
  coming: Coming,
): Promise<Principal> => {
  const { place, ...facts } = coming
  const principal = await verify(app, credential, facts)
  if (place.slug !== null && principal.tenant !== place.slug) throw new AppError('invalid_token')
  return principal
}

/** Finds the account of a credential. @throws AppError `invalid_token`, also when no authenticator recognizes it. */
const verifyWith = async (
  app: App,
  authenticators: Authenticator[],
  credential: string,
  coming: Coming,
): Promise<Principal> => {
  const authenticator = authenticators.find(({ recognizes }) => recognizes(credential))
  if (authenticator === undefined) throw new AppError('invalid_token')
  return verifyBy(app, authenticator, credential, coming)
}

/** Whether an error says nothing about the credentials. */
const isPassing = ({ code }: AppError): boolean => code === 'unavailable' || code === 'too_many_at_once'

/** How many session cookies of a request are tried. Forged ones are not among them, because they ask no database. */
const maxTried = 5

/**
 * Finds whose cookies a request has. Cookies of no session are passed over. When cookies belong to different sessions,
 * somebody who can set cookies for a neighbouring host may have added one, and then nobody is signed in, rather than
 * somebody else.
 * @throws AppError `invalid_token` when none of them belongs to a session.
 */
const findByCookies = async (
  app: App,
  authenticators: Authenticator[],
  { values, carrier }: SessionCookies,
  coming: Omit<Coming, 'carrier'>,
): Promise<Principal | null> => {
  const known = values.filter((value) =>
    authenticators.find(({ recognizes }) => recognizes(value))?.isGoodCookie?.(app, value),
  )
  const results = await Promise.allSettled(
    known.slice(0, maxTried).map((value) => verifyWith(app, authenticators, value, { ...coming, carrier })),
  )
  const faults = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  const fault = faults.find((reason) => !(reason instanceof AppError) || isPassing(reason))
  if (fault !== undefined) throw fault
  const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const [first] = found
  if (first === undefined) throw new AppError('invalid_token')
  return found.every(({ sessionId }) => sessionId === first.sessionId) ? first : null
}

/**
 * Finds the caller. It notes what is wrong with the credentials, and endpoints that need a sign-in refuse with that
 * error.
 */
export const authentication = (app: App, authenticators: Authenticator[]): RequestHandler => {
  const ofCookies = authenticators.filter(({ isGoodCookie }) => isGoodCookie !== null)
  const ofHeaders = authenticators.filter(({ inAddress }) => inAddress === undefined)
  return async (req, res, next) => {
    const context = contextOf(res)
    const place = knownPlace(context)
    try {
      const header = req.get('authorization')
      const inAddress = credentialInAddress(authenticators, req)
      const isElsewhere = header !== undefined || inAddress !== null
      const cookies = isElsewhere ? null : sessionCookie.read(app, req, place)
      if (cookies !== null) refuseCrossSite(app, req, place)
      context.isByCookie = cookies !== null
      const coming = {
        place,
        requestId: context.requestId,
        address: addressOf(req),
        addressKey: addressKey(req),
        userAgent: agentOf(req),
      }
      context.findAgain = async () => {
        if (cookies !== null) return findByCookies(app, ofCookies, cookies, coming)
        if (header !== undefined) {
          return verifyWith(app, ofHeaders, tokenIn(header), { ...coming, carrier: 'header' })
        }
        if (inAddress === null) return null
        return verifyBy(app, inAddress.authenticator, inAddress.credential, { ...coming, carrier: 'address' })
      }
      context.principal = await context.findAgain()
    } catch (error) {
      if (!(error instanceof AppError) || isPassing(error)) throw error
      context.refusal = error
    }
    next()
  }
}

/** Lets the caller take turns at connections, as the account or, before the sign-in, as the address. */
export const callersTurn =
  (app: App): RequestHandler =>
  (req, res, next) => {
    const taker = contextOf(res).principal ?? { address: addressKey(req) }
    inTurn(app.turns, taker, whenGone(req), () => next())
  }
