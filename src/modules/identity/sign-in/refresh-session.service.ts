import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Origin } from '../accounts/actor.ts'
import { tenantSuspended } from '../tenants/tenants.service.ts'
import { judgeRefresh } from './refresh.policy.ts'
import { lockSessionToRefresh, revokeSession, rotateSession, type SessionToRefresh } from './refresh-session.queries.ts'
import { type RefreshToken, readRefreshToken, refreshTokenOf } from './refresh-tokens.ts'
import { tokensOf } from './session-answers.service.ts'
import type { Session } from './sign-in.schemas.ts'

const secondsOfMs = (ms: number): number => Math.floor(ms / 1_000)

const renew = async (app: App, tx: Tx, old: RefreshToken, session: SessionToRefresh): Promise<Session> => {
  const { tenantId, sessionId } = old
  const generation = (session.generation ?? 0) + 1
  const issuedMs = app.clock.now()
  const { token, hash } = refreshTokenOf(app, tenantId, sessionId, generation)
  await rotateSession(tx, old, { generation, hash, issuedMs, idleDays: app.config.REFRESH_TOKEN_DAYS })
  return tokensOf(app, session, sessionId, token, secondsOfMs(issuedMs))
}

/** The answer of the last refresh once more. Null when the version before has refreshed the session since. */
const repeat = (app: App, { tenantId, sessionId }: RefreshToken, session: SessionToRefresh): Session | null => {
  const { token, hash } = refreshTokenOf(app, tenantId, sessionId, session.generation ?? 0)
  if (session.issued_ms === null || !session.refresh_hash?.equals(hash)) return null
  return tokensOf(app, session, sessionId, token, secondsOfMs(session.issued_ms))
}

/**
 * Gives a new pair of tokens for a refresh token and spends it. For 30 seconds, and until the new token is used, the
 * spent token gets the same pair again.
 * @throws AppError `invalid_refresh_token`; a token that was spent before also ends its session. A token that was never
 * right changes nothing, nor does one at `placeSlug`, the address of another tenant. `tenant_suspended`, which leaves
 * the token as it is.
 */
export const refreshSession = async (
  app: App,
  origin: Origin,
  refreshToken: string,
  placeSlug: string | null,
): Promise<Session> => {
  const old = readRefreshToken(app, refreshToken)
  const outcome = await transaction(app.pool, async (tx): Promise<Session | 'ended' | 'refused'> => {
    const session = await lockSessionToRefresh(tx, old)
    const verdict = session === null ? 'refuse' : judgeRefresh(session, old)
    if (session === null || verdict === 'refuse') return 'refused'
    if (placeSlug !== null && session.tenant !== placeSlug) return 'refused'
    // The session stays as it is, and goes on with its tenant.
    if (session.is_suspended) throw tenantSuspended()
    if (verdict === 'renew') return renew(app, tx, old, session)
    const again = verdict === 'repeat' ? repeat(app, old, session) : null
    if (again !== null) return again
    await revokeSession(tx, old, origin)
    return 'ended'
  })
  if (outcome === 'ended') app.principals.clear()
  if (outcome === 'ended' || outcome === 'refused') throw new AppError('invalid_refresh_token')
  return outcome
}
