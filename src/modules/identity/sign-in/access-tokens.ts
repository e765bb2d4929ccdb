import jwt from 'jsonwebtoken'
import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'

const issuer = 'counterdesk'
const audience = 'counterdesk-api'

const Claims = z.object({
  purpose: z.literal('access'),
  id: z.string(),
  role: Role,
  tenant: z.string(),
  version: z.int(),
  session: z.uuid(),
  exp: z.int(),
})

/** What an access token says. `version` is the account's at the time; see `findPrincipal`. */
export type Claims = z.output<typeof Claims>

/** An access token (JWT, HS256 and nothing else), good for `ACCESS_TOKEN_HOURS`. */
export const signAccessToken = (app: App, claims: Omit<Claims, 'purpose' | 'exp'>): string =>
  jwt.sign({ purpose: 'access', ...claims }, app.secrets.jwt, {
    algorithm: 'HS256',
    issuer,
    audience,
    expiresIn: app.config.ACCESS_TOKEN_HOURS * 3600,
  })

const maxVerified = 10_000
const verified = new WeakMap<App, Map<string, Claims>>()

const verifiedBy = (app: App): Map<string, Claims> => {
  const known = verified.get(app) ?? new Map<string, Claims>()
  if (known.size >= maxVerified) known.clear()
  verified.set(app, known)
  return known
}

/**
 * What the token says, when it is one of ours and in time. A signature that was good is not checked again; whether the
 * token is still in time is, and whether it was revoked is for `findPrincipal`.
 * @throws AppError `invalid_token`, the same for every fault.
 */
export const readAccessToken = (app: App, token: string): Claims => {
  const known = verifiedBy(app)
  const remembered = known.get(token)
  if (remembered && remembered.exp > Math.floor(Date.now() / 1000)) return remembered
  try {
    const claims = Claims.parse(jwt.verify(token, app.secrets.jwt, { algorithms: ['HS256'], issuer, audience }))
    known.set(token, claims)
    return claims
  } catch {
    throw new AppError('invalid_token')
  }
}
