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
import { type Act, type Origin, placeOf, sessionOf, systemOf, type User } from '../accounts/actor.ts'
import { setPasswordHash } from '../accounts/passwords.service.ts'
import { openChallenge } from '../second-factor/challenges.service.ts'
import { hasFactor } from '../second-factor/check-code.service.ts'
import { needsFactor } from '../second-factor/enrolment.service.ts'
import { tenantSuspended } from '../tenants/tenants.service.ts'
import { type Claims, isAccessToken, isSignedToken, readAccessToken } from './access-tokens.ts'
import { endOwnSession } from './own-sessions.queries.ts'
import { refreshTokenOf } from './refresh-tokens.ts'
import { answerOfStart } from './session-answers.service.ts'
import { noteUse } from './session-uses.service.ts'
import { deleteExpiredSessions, findSignedIn, insertSession } from './sessions.queries.ts'
import { type Account, findAccountToSignIn, lockAccountToSignIn, lockUnchangedAccount } from './sign-in.queries.ts'
import type { SessionKind, SessionsByKind } from './sign-in.schemas.ts'
import { rememberPlace, signInPlaceOf } from './sign-in-places.service.ts'

/**
 * Starts a session in the caller's transaction, and ends the account's longest unused one when it has too many. The
 * caller has checked that the account may sign in. A session of kind `cookie` is for a browser: it goes on while it is
 * used, and has no refresh token.
 * @throws AppError `tenant_suspended`.
 */
export const startSession = async <Kind extends SessionKind>(
  app: App,
  tx: Tx,
  tenantId: number,
  accountId: string,
  origin: Origin,
  kind: Kind,
): Promise<SessionsByKind[Kind]> => {
  const account = await lockAccountToSignIn(tx, tenantId, accountId)
  if (account.is_suspended) throw tenantSuspended()
  const sessionId = randomUUID()
  const { token, hash } = refreshTokenOf(app, tenantId, sessionId, 0)
  const { REFRESH_TOKEN_DAYS: idleDays, SESSION_MAX_DAYS: maxDays } = app.config
  const refreshHash = kind === 'bearer' ? hash : null
  const events = await insertSession(tx, { account, sessionId, kind, refreshHash, idleDays, maxDays }, origin)
  if (events > 1) app.principals.clear()
  return answerOfStart(app, kind, account, sessionId, token)
}

/** The account was changed while its password was being checked. */
class ChangedMeanwhile extends Error {}

type Failure = DetailsOf<'sign_in.failed'>['reason']

const failureOf = (account: Account | null, isWithin: boolean): Failure => {
  if (account === null) return 'unknown_name'
  if (!isWithin) return 'too_many_attempts'
  return account.status === 'active' ? 'wrong_password' : account.status
}

const secondStep =
  'Send challenge and code to POST /auth/login/second-factor: the code that your app shows, or a recovery_code.'

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
 * time, get the same answer and are recorded in the same way. So does an account that was tried too often, by any of
 * its names: another answer would tell that two names belong to one account. `isWithinLimit` counts the attempt.
 * @throws AppError `invalid_credentials`; `second_factor_required`, with a challenge, when the password is right and
 * the account has a second factor.
 */
export const signIn = async <Kind extends SessionKind>(
  app: App,
  tenantId: number,
  origin: Origin,
  name: string,
  password: string,
  isWithinLimit: IsWithinLimit,
  kind: Kind,
): Promise<SessionsByKind[Kind]> => {
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
  const owner = { tenantId, accountId: account.account_id, version: account.token_version }
  const asksForCode = await hasFactor(app.pool, owner)
  try {
    const started = await transaction(
      app.pool,
      async (tx) => {
        if (!(await lockUnchangedAccount(tx, account))) throw new ChangedMeanwhile()
        if ((await hasFactor(tx, owner)) !== asksForCode) throw new ChangedMeanwhile()
        if (upgraded !== null) await setPasswordHash(tx, tenantId, account.account_id, upgraded)
        if (asksForCode) return openChallenge(app, tx, owner, origin)
        if (!account.is_known_today) await rememberPlace(app, tx, tenantId, account.account_id, origin)
        return startSession(app, tx, tenantId, account.account_id, origin, kind)
      },
      // A refusal is not kept for an Idempotency-Key.
      asksForCode ? null : origin.receipt,
    )
    if ('challenge' in started) {
      throw new AppError('second_factor_required', { detail: secondStep, extra: { ...started } })
    }
    return started
  } catch (error) {
    // The attempt has been counted.
    if (error instanceof ChangedMeanwhile)
      return signIn(app, tenantId, origin, name, password, async () => ({ isWithin: true, isRefused: false }), kind)
    throw error
  }
}

/** Ends the session of the actor, with its access tokens and refresh token. */
export const signOut = async (app: App, act: Act<User>): Promise<void> => {
  await transaction(app.pool, (tx) => endOwnSession(tx, act, sessionOf(act.actor)), act.receipt)
  app.principals.clear()
}

/** Where a token stands in a request. */
type Carrier = 'header' | 'address' | 'cookie' | 'former_cookie'

/** The requests of a session share a look, so the client of one may not end it. */
const waitsAlways: WhenGone = () => () => {}

/**
 * Ends the session of the cookie that a request came with, because its answer sets another cookie. Nobody could sign
 * out of the session that the browser forgets.
 */
export const endReplacedSession = async (
  app: App,
  { actor, isByCookie, requestId }: { actor: User | null; isByCookie: boolean; requestId: string },
): Promise<void> => {
  if (actor !== null && isByCookie) await signOut(app, { actor, requestId, receipt: null })
}

/** Whether a token may stand where it stands. The cookies of the version before had access tokens. */
const mayBeCarried = (purpose: Claims['purpose'], carrier: Carrier): boolean =>
  purpose === 'access' || carrier === 'cookie'

/**
 * Finds the user of a token. The session must not have ended, the account must be active, and its role and token
 * version must be those of the token. A cookie without the prefix, where cookies have it, counts only for sessions of
 * the version before. The database is asked once a second at most for each session.
 * @throws AppError `invalid_token`, `tenant_suspended`, or `too_many_at_once`.
 */
const findPrincipal = async (app: App, token: string, { carrier }: { carrier: Carrier }): Promise<User> => {
  const claims = readAccessToken(app, token)
  if (!mayBeCarried(claims.purpose, carrier)) throw new AppError('invalid_token')
  const isFormer = carrier === 'former_cookie'
  const load = async (): Promise<User> => {
    const row = await findSignedIn(app.pool, claims.tenant, claims.session)
    const isSame = row?.account_id === claims.id && row.role === claims.role && row.token_version === claims.version
    if (!row || !isSame || (isFormer && !row.is_of_version_before)) throw new AppError('invalid_token')
    if (row.is_suspended) throw tenantSuspended()
    if (row.is_use_due) noteUse(app, row.tenant_id, claims.session)
    const { account_id: accountId, tenant_id: tenantId, tenant, name, email, role, category, has_factor: hasIt } = row
    const mustEnrol = !hasIt && (await needsFactor(app, { tenantId, role }))
    const user = { tenantId, tenant, accountId, name, email, sessionId: claims.session, token: null, mustEnrol }
    return role === 'technician' ? { ...user, role, category: category ?? '' } : { ...user, role }
  }
  // The version is part of the key, because an older token of the same session must not find the answer of a newer one.
  const key = `${claims.tenant} ${claims.session} ${claims.id} ${claims.role} ${claims.version} ${isFormer}`
  const taker = { tenant: claims.tenant, accountId: claims.id }
  const inTurnOfAccount = (): Promise<User> => inTurn(app.turns, taker, waitsAlways, load)
  const user = (await app.principals.get(key, inTurnOfAccount)) as User
  return { ...user, goodUntil: claims.exp }
}

/** The sign-in by the access token, or by the cookie, of a session. */
export const sessionAuthenticator = {
  name: 'session',
  recognizes: isAccessToken,
  isGoodCookie: isSignedToken,
  verify: findPrincipal,
}

/** Removes at most `limit` sessions that expired a week ago, and answers with their number. */
export const deleteOldSessions = (app: App, limit: number): Promise<number> => deleteExpiredSessions(app.pool, limit)
