import { randomBytes } from 'node:crypto'
import type { App } from '../../../platform/app-context.ts'
import { readDottedToken, writeDottedToken } from '../../../platform/dotted-token.ts'
import { AppError } from '../../../platform/errors.ts'
import { hmac, isEqual, sha256 } from '../../../platform/secrets.ts'

/** A refresh token: which session, and a secret of which only the hash is stored. */
export interface RefreshToken {
  tenantId: number
  sessionId: string
  hash: Buffer
  /** Whether this program made the secret for this session, now or earlier. */
  isMarked: boolean
}

/** 256 random bits in base64url. */
const randomLength = 43

const markOf = (app: App, tenantId: number, sessionId: string, random: string): string =>
  hmac(app.secrets.sessions, `refresh ${tenantId} ${sessionId} ${random}`).toString('base64url')

/**
 * A new token of a session, and the hash of its secret. The secret is random. The mark behind it (an HMAC) tells a secret
 * that was once right from one that was made up, however many secrets have come after it, and without storing them.
 */
export const createRefreshToken = (app: App, tenantId: number, sessionId: string): { token: string; hash: Buffer } => {
  const random = randomBytes(32).toString('base64url')
  const secret = `${random}${markOf(app, tenantId, sessionId, random)}`
  return { token: writeDottedToken({ tenantId, rowId: sessionId, secret }), hash: sha256(secret) }
}

/** @throws AppError `invalid_refresh_token` when the token has another form. */
export const readRefreshToken = (app: App, token: string): RefreshToken => {
  const parts = readDottedToken(token)
  if (parts === null) throw new AppError('invalid_refresh_token')
  const { tenantId, rowId: sessionId, secret } = parts
  const mark = markOf(app, tenantId, sessionId, secret.slice(0, randomLength))
  const isMarked = isEqual(Buffer.from(secret.slice(randomLength)), Buffer.from(mark))
  return { tenantId, sessionId, hash: sha256(secret), isMarked }
}
