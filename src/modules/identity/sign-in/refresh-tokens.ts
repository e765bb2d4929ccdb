import { randomBytes } from 'node:crypto'
import { readDottedToken, writeDottedToken } from '../../../platform/dotted-token.ts'
import { AppError } from '../../../platform/errors.ts'
import { sha256 } from '../../../platform/secrets.ts'

/** A refresh token: which session, and a secret of which only the hash is stored. */
export interface RefreshToken {
  tenantId: number
  sessionId: string
  hash: Buffer
}

/** A new secret of 256 bits and its hash. */
export const createRefreshSecret = (): { secret: string; hash: Buffer } => {
  const secret = randomBytes(32).toString('base64url')
  return { secret, hash: sha256(secret) }
}

export const writeRefreshToken = (tenantId: number, sessionId: string, secret: string): string =>
  writeDottedToken({ tenantId, rowId: sessionId, secret })

/** @throws AppError `invalid_refresh_token` when the token has another form. */
export const readRefreshToken = (token: string): RefreshToken => {
  const parts = readDottedToken(token)
  if (parts === null) throw new AppError('invalid_refresh_token')
  return { tenantId: parts.tenantId, sessionId: parts.rowId, hash: sha256(parts.secret) }
}
