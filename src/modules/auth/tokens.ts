import { randomBytes } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { z } from 'zod'
import type { App } from '../../platform/app-context.ts'
import { AppError } from '../../platform/errors.ts'
import { hmac, isEqual, sha256 } from '../../platform/secrets.ts'
import { Role } from './auth.schemas.ts'

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

/** A refresh token: which session, and a secret of which only the hash is stored. */
export interface RefreshToken {
  tenantId: number
  sessionId: string
  hash: Buffer
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const isTenantId = /^[1-9]\d{0,8}$/

/** A new secret of 256 bits and its hash. */
export const createRefreshSecret = (): { secret: string; hash: Buffer } => {
  const secret = randomBytes(32).toString('base64url')
  return { secret, hash: sha256(secret) }
}

export const writeRefreshToken = (tenantId: number, sessionId: string, secret: string): string =>
  `${tenantId}.${sessionId}.${secret}`

/** @throws AppError `invalid_refresh_token` when it has not the form of one. */
export const readRefreshToken = (token: string): RefreshToken => {
  const [tenantId = '', sessionId = '', secret = '', ...rest] = token.split('.')
  if (!isTenantId.test(tenantId) || !uuid.test(sessionId) || secret === '' || rest.length > 0) {
    throw new AppError('invalid_refresh_token')
  }
  return { tenantId: Number(tenantId), sessionId, hash: sha256(secret) }
}

const linkMac = (app: App, tenantId: number, resetId: string): string =>
  hmac(app.secrets.links, `password reset ${tenantId} ${resetId}`).toString('base64url')

/** The token of a link that sets a password. It is made when the mail is rendered; the database cannot make one. */
export const writeResetToken = (app: App, tenantId: number, resetId: string): string =>
  `${tenantId}.${resetId}.${linkMac(app, tenantId, resetId)}`

/** @throws AppError `invalid_reset_token` when we did not make it. */
export const readResetToken = (app: App, token: string): { tenantId: number; resetId: string } => {
  const [tenantId = '', resetId = '', mac = '', ...rest] = token.split('.')
  const isOurs =
    isTenantId.test(tenantId) &&
    uuid.test(resetId) &&
    rest.length === 0 &&
    isEqual(Buffer.from(mac), Buffer.from(linkMac(app, Number(tenantId), resetId)))
  if (!isOurs) throw new AppError('invalid_reset_token')
  return { tenantId: Number(tenantId), resetId }
}
