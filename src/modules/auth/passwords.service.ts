import type { App } from '../../platform/app-context.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { AppError } from '../../platform/errors.ts'
import { insertEvents } from '../../platform/events/events.ts'
import type { Act, Origin, User } from './actor.ts'
import {
  findAccountToSignIn,
  getAccount,
  insertFailedPasswordChange,
  lockUnchangedAccount,
  revokeSessions,
  updatePasswordHash,
} from './auth.queries.ts'
import { refuseCommonPassword } from './common-passwords.ts'
import {
  activateWithPassword,
  countRecentPasswordResets,
  insertPasswordReset,
  spendPasswordResets,
  usePasswordReset,
} from './password-resets.queries.ts'
import { readResetToken } from './tokens.ts'

/** How long a link to reset a forgotten password is good for. */
export const resetMinutes = 30

/** How long the link of an invitation is good for. */
export const invitationDays = 7

/**
 * Hashes a password that is to be set.
 * @throws AppError `validation_failed` when it is one of the most common ones.
 */
export const hashNewPassword = async (app: App, password: string): Promise<string> => {
  await refuseCommonPassword(password)
  return app.passwords.hash(password)
}

/** More links than this in an hour would only bury somebody's inbox. */
const maxResetsPerHour = 3

/**
 * Mails a link to reset the password, if the address has an account that can sign in and has not had three links within
 * the hour. The caller never learns which.
 */
export const requestPasswordReset = async (
  app: App,
  tenantId: number,
  origin: Origin,
  email: string,
): Promise<void> => {
  const account = await findAccountToSignIn(app.pool, tenantId, email)
  const isEntitled = account !== null && account.status !== 'deactivated'
  await transaction(
    app.pool,
    async (tx) => {
      if (!isEntitled) return
      if ((await countRecentPasswordResets(tx, tenantId, account.account_id)) >= maxResetsPerHour) return
      const resetId = await insertPasswordReset(tx, tenantId, account.account_id, resetMinutes)
      await insertEvents(tx, [
        {
          tenantId,
          type: 'password.reset_requested',
          subjectId: account.account_id,
          subjectVersion: null,
          actorId: null,
          actorRole: 'system',
          changes: {},
          details: { reset_id: resetId, expires_minutes: resetMinutes },
          requestId: origin.requestId,
        },
      ])
    },
    origin.receipt,
  )
  app.nudge()
}

/**
 * Sets the password by the link of a mail, which also makes an invited account active; ends every session.
 * @throws AppError `invalid_reset_token` when the link is not ours, used, replaced by a newer one, or too old.
 */
export const resetPassword = async (app: App, origin: Origin, token: string, password: string): Promise<void> => {
  const { tenantId, resetId } = readResetToken(app, token)
  const hash = await hashNewPassword(app, password)
  await transaction(
    app.pool,
    async (tx) => {
      const accountId = await usePasswordReset(tx, tenantId, resetId)
      if (accountId === null) throw new AppError('invalid_reset_token')
      await activateWithPassword(tx, tenantId, accountId, hash)
      await revokeSessions(tx, tenantId, accountId, null)
      const { role } = await getAccount(tx, tenantId, accountId)
      await insertEvents(tx, [
        {
          tenantId,
          type: 'password.reset',
          subjectId: accountId,
          subjectVersion: null,
          actorId: accountId,
          actorRole: role,
          changes: {},
          details: {},
          requestId: origin.requestId,
        },
      ])
    },
    origin.receipt,
  )
  app.principals.clear()
}

/**
 * Changes the caller's password and ends their other sessions and open links; this session goes on.
 * @throws AppError `wrong_password`.
 */
export const changePassword = async (app: App, act: Act<User>, current: string, password: string): Promise<void> => {
  const { tenantId, accountId, sessionId, role } = act.actor
  const account = await getAccount(app.pool, tenantId, accountId)
  const isComparable = Buffer.byteLength(current) <= 72 && !current.includes('\0')
  if (!(await app.passwords.verify(current, isComparable ? account.password_hash : null))) {
    await insertFailedPasswordChange(app.pool, act)
    throw new AppError('wrong_password')
  }
  const hash = await hashNewPassword(app, password)
  await transaction(
    app.pool,
    async (tx) => {
      if (!(await lockUnchangedAccount(tx, account))) throw new AppError('wrong_password')
      await updatePasswordHash(tx, tenantId, accountId, hash)
      await revokeSessions(tx, tenantId, accountId, sessionId)
      await spendPasswordResets(tx, tenantId, accountId)
      await insertEvents(tx, [
        {
          tenantId,
          type: 'password.changed',
          subjectId: accountId,
          subjectVersion: null,
          actorId: accountId,
          actorRole: role,
          changes: {},
          details: {},
          requestId: act.requestId,
        },
      ])
    },
    act.receipt,
  )
  app.principals.clear()
}
