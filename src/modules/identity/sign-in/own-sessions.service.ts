import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { deviceOf } from '../../../platform/user-agent.ts'
import { type Act, sessionOf, type User } from '../accounts/actor.ts'
import { lockOwn } from '../accounts/own-account.service.ts'
import { getPerson } from '../accounts/people-accounts.service.ts'
import { hasFactor } from '../second-factor/check-code.service.ts'
import {
  endOtherSessions,
  endOwnSession,
  isSessionAlive,
  listLivingSessions,
  type OwnSession,
} from './own-sessions.queries.ts'

/**
 * Refuses a change when the actor's session has ended since the request came, such as by a new password. The caller has
 * locked the account, as everything that ends several sessions does.
 * @throws AppError `invalid_token`.
 */
export const refuseEndedSession = async (tx: Tx, { actor }: Act<User>): Promise<void> => {
  if (!(await isSessionAlive(tx, actor.tenantId, sessionOf(actor)))) throw new AppError('invalid_token')
}

/** A session as its person sees it. */
export type ListedSession = Omit<OwnSession, 'user_agent'> & { device: string; is_current: boolean }

/** How a person signs in, as admins see it: no address, no id of a session. */
export interface PersonSignIn {
  second_factor: boolean
  sessions: Pick<ListedSession, 'kind' | 'device' | 'started_at' | 'last_used_at' | 'expires_at'>[]
}

/**
 * Whether a person has a second factor, and their living sessions, the last used first: 30 at most.
 * @throws AppError `account_not_found`.
 */
export const readSignInOf = async ({ pool }: App, { tenantId }: User, accountId: string): Promise<PersonSignIn> => {
  await getPerson(pool, tenantId, accountId)
  const rows = await listLivingSessions(pool, tenantId, accountId)
  const sessions = rows.map(({ kind, user_agent, started_at, last_used_at, expires_at }) => ({
    kind,
    device: deviceOf(user_agent),
    started_at,
    last_used_at,
    expires_at,
  }))
  return { second_factor: await hasFactor(pool, { tenantId, accountId }), sessions }
}

/** The actor's own living sessions, the last used first: 30 at most. */
export const listOwnSessions = async (app: App, actor: User): Promise<ListedSession[]> => {
  const rows = await listLivingSessions(app.pool, actor.tenantId, actor.accountId)
  return rows.map(({ user_agent, ...session }) => ({
    ...session,
    device: deviceOf(user_agent),
    is_current: session.session_id === actor.sessionId,
  }))
}

/**
 * Ends one of the actor's own sessions; it may be the one of the request. Its tokens and its cookie are good for one
 * more second at most.
 * @throws AppError `session_not_found`, also for somebody else's session.
 */
export const endSessionOfOwn = async (app: App, act: Act<User>, sessionId: string): Promise<void> => {
  await transaction(
    app.pool,
    async (tx) => {
      await lockOwn(tx, act)
      if ((await endOwnSession(tx, act, sessionId)) === 0) throw new AppError('session_not_found')
    },
    act.receipt,
  )
  app.principals.clear()
}

/**
 * Ends all of the actor's own sessions but the one of the request.
 * @throws AppError `invalid_token` when the session of the request has ended meanwhile, by the same request of another.
 */
export const endOtherSessionsOfOwn = async (app: App, act: Act<User>): Promise<void> => {
  await transaction(
    app.pool,
    async (tx) => {
      // The account is locked before its sessions, as by all that ends several.
      await lockOwn(tx, act)
      await refuseEndedSession(tx, act)
      await endOtherSessions(tx, act)
    },
    act.receipt,
  )
  app.principals.clear()
}
