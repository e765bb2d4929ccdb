import { randomUUID } from 'node:crypto'
import type { DetailsOf } from '../../../contract/events.ts'
import type { App } from '../../../platform/app-context.ts'
import type { IsWithinLimit } from '../../../platform/attempts.ts'
import { inTurn, type WhenGone } from '../../../platform/db/connection-turns.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { mailableForm } from '../../../platform/email-address.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordLoneEvent } from '../../../platform/events/append-events.ts'
import { type Act, type Origin, placeOf, systemOf, type User } from '../accounts/actor.ts'
import { setPasswordHash } from '../accounts/passwords.service.ts'
import { isAccessToken, readAccessToken, signAccessToken } from './access-tokens.ts'
import { createRefreshToken, readRefreshToken } from './refresh-tokens.ts'
import {
  deleteExpiredSessions,
  endSession,
  findSignedIn,
  insertSession,
  revokeSession,
  rotateSession,
} from './sessions.queries.ts'
import { type Account, findAccountToSignIn, getAccount, lockUnchangedAccount } from './sign-in.queries.ts'
import type { Session } from './sign-in.schemas.ts'
import { rememberPlace, signInPlaceOf } from './sign-in-places.service.ts'

const sessionOf = (app: App, account: Account, sessionId: string, refreshToken: string): Session => ({
  token: signAccessToken(app, {
    id: account.account_id,
    role: account.role,
    tenant: account.tenant,
    version: account.token_version,
    session: sessionId,
  }),
  token_type: 'Bearer',
  expires_in: app.config.ACCESS_TOKEN_HOURS * 3600,
  refresh_token: refreshToken,
  user: {
    id: account.account_id,
    role: account.role,
    name: account.name,
    email: account.email,
    tenant: account.tenant,
  },
})

/** Starts a session in the caller's transaction. The caller has checked that the account may sign in. */
export const startSession = async (
  app: App,
  tx: Tx,
  tenantId: number,
  accountId: string,
  origin: Origin,
): Promise<Session> => {
  const account = await getAccount(tx, tenantId, accountId)
  const sessionId = randomUUID()
  const { token, hash } = createRefreshToken(app, tenantId, sessionId)
  await insertSession(tx, account, sessionId, hash, app.config.REFRESH_TOKEN_DAYS, origin)
  return sessionOf(app, account, sessionId, token)
}

/** The account was changed while its password was being checked. */
class ChangedMeanwhile extends Error {}

type Failure = DetailsOf<'sign_in.failed'>['reason']

const failureOf = (account: Account | null, isWithin: boolean): Failure => {
  if (account === null) return 'unknown_name'
  if (!isWithin) return 'too_many_attempts'
  return account.status === 'active' ? 'wrong_password' : account.status
}

/** The subject of a failed sign-in when no account has the name. No account can have this id. */
const unknownAccount = '-'

/**
 * Records a failed sign-in. The name that was tried is not kept, because it may be a password typed into the wrong
 * field.
 */
const recordFailure = (
  app: App,
  tenantId: number,
  origin: Origin,
  account: Account | null,
  isWithin: boolean,
): Promise<void> => {
  const act = { actor: systemOf(tenantId), requestId: origin.requestId }
  const details = { ...placeOf(origin), reason: failureOf(account, isWithin) }
  return recordLoneEvent(app.pool, eventOf(act, 'sign_in.failed', account?.account_id ?? unknownAccount, { details }))
}

/**
 * The name by which an account is found; null when no account has such a name. The domain of an address may be typed in
 * Unicode. All names are plain ASCII, and PostgreSQL would take `admİn` for `admin`.
 */
const knownForm = (typed: string): string | null => {
  const name = mailableForm(typed)
  return /^[\x20-\x7e]+$/.test(name) ? name : null
}

/**
 * Signs in. An unknown name, a wrong password, a deactivated account and an account without a password take the same
 * time, get the same answer and are recorded in the same way. So does an account that was tried too often, by any of its
 * names: another answer would tell that two names belong to one account. `isWithinLimit` counts the attempt.
 * @throws AppError `invalid_credentials`.
 */
export const signIn = async (
  app: App,
  tenantId: number,
  origin: Origin,
  name: string,
  password: string,
  isWithinLimit: IsWithinLimit,
): Promise<Session> => {
  const known = knownForm(name)
  const account =
    known === null ? null : await findAccountToSignIn(app.pool, tenantId, known, signInPlaceOf(app, origin))
  // Unknown names are counted, too, so that they cost the same.
  const tried = account?.account_id ?? `${unknownAccount} ${known?.toLowerCase() ?? ''}`
  const { isWithin, isRefused } = await isWithinLimit(`${tenantId} ${tried}`, account?.is_known_here ?? false)
  const hash = account?.status === 'active' && isWithin ? account.password_hash : null
  const verdict = await app.passwords.examine(password, hash)
  if (verdict === 'wrong' || account === null || hash === null) {
    if (!isRefused) await recordFailure(app, tenantId, origin, account, isWithin)
    throw new AppError('invalid_credentials')
  }

  const upgraded = verdict === 'outdated' ? await app.passwords.hash(password) : null
  try {
    return await transaction(
      app.pool,
      async (tx) => {
        if (!(await lockUnchangedAccount(tx, account))) throw new ChangedMeanwhile()
        if (upgraded !== null) await setPasswordHash(tx, tenantId, account.account_id, upgraded)
        if (!account.is_known_today) await rememberPlace(app, tx, tenantId, account.account_id, origin)
        return startSession(app, tx, tenantId, account.account_id, origin)
      },
      origin.receipt,
    )
  } catch (error) {
    // The attempt has been counted.
    if (error instanceof ChangedMeanwhile)
      return signIn(app, tenantId, origin, name, password, async () => ({ isWithin: true, isRefused: false }))
    throw error
  }
}

/**
 * Gives a new pair of tokens for a refresh token and spends it.
 * @throws AppError `invalid_refresh_token`; a token that was spent before also ends its session (RFC 9700, 4.14.2). A
 * token that was never right changes nothing.
 */
export const refreshSession = async (app: App, origin: Origin, refreshToken: string): Promise<Session> => {
  const old = readRefreshToken(app, refreshToken)
  const { token, hash } = createRefreshToken(app, old.tenantId, old.sessionId)
  try {
    return await transaction(
      app.pool,
      async (tx) => {
        const account = await rotateSession(tx, old, hash, app.config.REFRESH_TOKEN_DAYS)
        if (account === null) throw new AppError('invalid_refresh_token')
        return sessionOf(app, account, old.sessionId, token)
      },
      origin.receipt,
    )
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_refresh_token') {
      if ((await revokeSession(app.pool, old, origin)) > 0) app.principals.clear()
    }
    throw error
  }
}

/** Ends the session of the actor, with its access tokens and refresh token. */
export const signOut = async (app: App, act: Act<User>): Promise<void> => {
  await transaction(app.pool, (tx) => endSession(tx, act), act.receipt)
  app.principals.clear()
}

/** The requests of a session share a look, so the client of one may not end it. */
const waitsAlways: WhenGone = () => () => {}

/**
 * Ends the session of the cookie that a request came with, because its answer sets another cookie. Nobody could sign out
 * of the session that the browser forgets.
 */
export const endReplacedSession = async (
  app: App,
  { actor, isByCookie, requestId }: { actor: User | null; isByCookie: boolean; requestId: string },
): Promise<void> => {
  if (actor !== null && isByCookie) await signOut(app, { actor, requestId, receipt: null })
}

/**
 * Finds the user of an access token. The session must not have ended, the account must be active, and its role and
 * token version must be those of the token. The database is asked once a second at most for each session.
 * @throws AppError `invalid_token`, or `too_many_at_once`.
 */
const findPrincipal = async (app: App, token: string): Promise<User> => {
  const claims = readAccessToken(app, token)
  const load = async (): Promise<User> => {
    const row = await findSignedIn(app.pool, claims.tenant, claims.session)
    const isSame = row?.account_id === claims.id && row.role === claims.role && row.token_version === claims.version
    if (!row || !isSame) throw new AppError('invalid_token')
    const { account_id: accountId, tenant_id: tenantId, tenant, name, email, role, category } = row
    const user = { tenantId, tenant, accountId, name, email, sessionId: claims.session, token: null }
    return role === 'technician' ? { ...user, role, category: category ?? '' } : { ...user, role }
  }
  // The version is part of the key, because an older token of the same session must not find the answer of a newer one.
  const key = `${claims.tenant} ${claims.session} ${claims.id} ${claims.role} ${claims.version}`
  const taker = { tenant: claims.tenant, accountId: claims.id }
  const inTurnOfAccount = (): Promise<User> => inTurn(app.turns, taker, waitsAlways, load)
  return (await app.principals.get(key, inTurnOfAccount)) as User
}

/** The sign-in by the access token of a session. */
export const sessionAuthenticator = {
  name: 'session',
  recognizes: isAccessToken,
  takesCookie: true,
  verify: findPrincipal,
}

/** Removes at most `limit` sessions that expired a week ago, and answers with their number. */
export const deleteOldSessions = (app: App, limit: number): Promise<number> => deleteExpiredSessions(app.pool, limit)
