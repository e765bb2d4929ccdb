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

/**
 * The secrets of versions up to 0.1.0: 256 random bits in base64url, and a mark, an HMAC that tells that we made them.
 */
const randomLength = 43

const formerMark = (app: App, tenantId: number, sessionId: string, random: string): string =>
  hmac(app.secrets.sessions, `refresh ${tenantId} ${sessionId} ${random}`).toString('base64url')

const isFormer = (app: App, tenantId: number, sessionId: string, secret: string): boolean => {
  const mark = formerMark(app, tenantId, sessionId, secret.slice(0, randomLength))
  return isEqual(Buffer.from(secret.slice(randomLength)), Buffer.from(mark))
}

/** The generation, and the HMAC of session and generation. No secret of before has a `~`. */
const secretOf = (app: App, tenantId: number, sessionId: string, generation: number): string =>
  `${generation}~${hmac(app.secrets.sessions, `refresh generation ${tenantId} ${sessionId} ${generation}`).toString('base64url')}`

/**
 * The token of a session in a generation, and the hash of its secret. The secret is an HMAC, so the same token can be
 * given again without being stored, and every secret that was once right can be told from one that was made up.
 */
export const refreshTokenOf = (
  app: App,
  tenantId: number,
  sessionId: string,
  generation: number,
): { token: string; hash: Buffer } => {
  const secret = secretOf(app, tenantId, sessionId, generation)
  return { token: writeDottedToken({ tenantId, rowId: sessionId, secret }), hash: sha256(secret) }
}

/** @throws AppError `invalid_refresh_token` when the token has another form. */
export const readRefreshToken = (app: App, token: string): RefreshToken => {
  const parts = readDottedToken(token)
  if (parts === null) throw new AppError('invalid_refresh_token')
  const { tenantId, rowId: sessionId, secret } = parts
  const generation = /^(\d{1,9})~/.exec(secret)?.[1]
  const isMarked =
    generation === undefined
      ? isFormer(app, tenantId, sessionId, secret)
      : isEqual(Buffer.from(secret), Buffer.from(secretOf(app, tenantId, sessionId, Number(generation))))
  return { tenantId, sessionId, hash: sha256(secret), isMarked }
}
