import jwt from 'jsonwebtoken'
import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import { AppError } from '../../../platform/errors.ts'
import { perApp } from '../../../platform/per-app.ts'

const issuer = 'counterdesk'
const audience = 'counterdesk-api'

const Claims = z.object({
  /**
   * `cookie`: a token that only the session cookie may carry. Access tokens of earlier versions may come in it, too.
   */
  purpose: z.enum(['access', 'cookie']),
  id: z.string(),
  role: Role,
  tenant: z.string(),
  version: z.int(),
  session: z.uuid(),
  exp: z.int(),
})

/** What a token says. `version` is the account's at the time; see `findPrincipal`. */
export type Claims = z.output<typeof Claims>

/** Whether a text has the form of an access token: a JWT has three parts. */
export const isAccessToken = (text: string): boolean => /^[^.]*\.[^.]*\.[^.]*$/.test(text)

/** What a token says of the account and its session, whatever the purpose. */
export type Identity = Omit<Claims, 'purpose' | 'exp'>

const sign = (app: App, purpose: Claims['purpose'], identity: Identity, iat: number, seconds: number): string =>
  jwt.sign({ purpose, ...identity, iat }, app.secrets.jwt, { algorithm: 'HS256', issuer, audience, expiresIn: seconds })

/**
 * An access token (JWT, HS256 and nothing else), valid for `ACCESS_TOKEN_HOURS` by the clock of the program. Of the
 * same identity and second it is the same text.
 */
export const signAccessToken = (app: App, identity: Identity, issuedAt = secondsOf(app.clock)): string =>
  sign(app, 'access', identity, issuedAt, app.config.ACCESS_TOKEN_HOURS * 3600)

/**
 * The token of the session cookie. It is valid until the absolute end of the session, unless the session ends before.
 */
export const signCookieToken = (app: App, identity: Identity): string =>
  sign(app, 'cookie', identity, secondsOf(app.clock), app.config.SESSION_MAX_DAYS * 86_400)

const maxVerified = 10_000
const claimsOf = perApp(() => new Map<string, Claims>())

const verifiedBy = (app: App): Map<string, Claims> => {
  const known = claimsOf(app)
  if (known.size >= maxVerified) known.clear()
  return known
}

/**
 * Reads the claims of a token that this program signed and that has not expired. A valid signature is remembered and
 * not checked again, but the expiry is checked each time. `findPrincipal` checks the purpose, and whether the token was
 * revoked.
 * @throws AppError `invalid_token`, the same for every fault.
 */
export const readAccessToken = (app: App, token: string): Claims => {
  const known = verifiedBy(app)
  const remembered = known.get(token)
  const clockTimestamp = secondsOf(app.clock)
  if (remembered && remembered.exp > clockTimestamp) return remembered
  try {
    const verified = jwt.verify(token, app.secrets.jwt, { algorithms: ['HS256'], issuer, audience, clockTimestamp })
    const claims = Claims.parse(verified)
    known.set(token, claims)
    return claims
  } catch {
    throw new AppError('invalid_token')
  }
}

/** Whether this program signed a token, and it has not expired. */
export const isSignedToken = (app: App, token: string): boolean => {
  try {
    return readAccessToken(app, token) !== null
  } catch {
    return false
  }
}
