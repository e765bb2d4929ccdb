import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { type Act, type Origin, placeOf, systemOf, type User } from '../accounts/actor.ts'
import { resetTokens } from '../accounts/mailed-links.ts'
import {
  endPasswordLinks,
  hashNewPassword,
  listNamesOfLink,
  requestPasswordLink,
  setPasswordByLink,
  setPasswordHash,
} from '../accounts/passwords.service.ts'
import { mailWithinQuota } from '../accounts/quotas.service.ts'
import { endChallenges } from '../second-factor/challenges.service.ts'
import { resetFactor } from '../second-factor/enrolment.service.ts'
import { refuseSuspended } from '../tenants/tenants.service.ts'
import { provePassword } from './prove-again.service.ts'
import { revokeSessions } from './sessions.queries.ts'
import { getAccount, lockUnchangedAccount } from './sign-in.queries.ts'

/**
 * Mails a link that sets the password, if the address belongs to an account that can sign in or is invited, got fewer
 * than three links within the hour, and has not had its quota of mails by strangers' acts. The answer, and the work for
 * it, is the same in every case.
 */
export const requestPasswordReset = async (
  app: App,
  tenantId: number,
  { requestId, receipt }: Origin,
  email: string,
): Promise<void> => {
  const act = { actor: systemOf(tenantId), requestId, receipt }
  await mailWithinQuota(app, tenantId, email, (mayMail) =>
    transaction(app.pool, async (tx) => ({ isMailed: await requestPasswordLink(tx, act, email, mayMail) }), receipt),
  )
}

/**
 * Sets the password by the link of a mail and ends every session. An invited account becomes active. An account whose
 * address nobody had confirmed loses its second factor, which may be that of somebody who registered the address.
 * @throws AppError `invalid_reset_token` when the link was not made by this program, was used, was replaced by a newer
 * link, or has expired; `validation_failed` for a weak password; `tenant_suspended`.
 */
export const resetPassword = async (app: App, origin: Origin, token: string, password: string): Promise<void> => {
  const { tenantId, rowId: resetId } = resetTokens.read(app, token)
  await refuseSuspended(app, tenantId)
  const names = await listNamesOfLink(app.pool, tenantId, resetId)
  // Who has a link of long ago gets no password hashed.
  if (names === null) throw new AppError('invalid_reset_token')
  const hash = await hashNewPassword(app, password, names)
  await transaction(
    app.pool,
    async (tx) => {
      const set = await setPasswordByLink(tx, tenantId, resetId, hash)
      if (set === null) throw new AppError('invalid_reset_token')
      const { accountId, isFirst, wasUnconfirmed } = set
      await revokeSessions(tx, tenantId, accountId, null)
      const { role } = await getAccount(tx, tenantId, accountId)
      const act = { actor: { tenantId, accountId, role }, requestId: origin.requestId }
      const details = { ...placeOf(origin), ...(isFirst ? { first: true as const } : {}) }
      await recordEvents(tx, [eventOf(act, 'password.reset', accountId, { details })])
      if (wasUnconfirmed) await resetFactor(tx, { ...act, actor: systemOf(tenantId), receipt: null }, accountId)
    },
    origin.receipt,
  )
  app.principals.clear()
}

/**
 * Changes the actor's own password and ends their other sessions and open links. This session goes on.
 * @throws AppError `wrong_password`; `validation_failed` for a weak password.
 */
export const changePassword = async (app: App, act: Act<User>, current: string, password: string): Promise<void> => {
  const { tenantId, accountId, sessionId } = act.actor
  const account = await provePassword(app, act, current)
  const hash = await hashNewPassword(app, password, [account.name, account.email, account.sign_in_name ?? ''])
  await transaction(
    app.pool,
    async (tx) => {
      if (!(await lockUnchangedAccount(tx, account))) throw new AppError('wrong_password')
      await setPasswordHash(tx, tenantId, accountId, hash)
      await endPasswordLinks(tx, tenantId, accountId)
      await endChallenges(tx, tenantId, accountId)
      await revokeSessions(tx, tenantId, accountId, sessionId)
      await recordEvents(tx, [eventOf(act, 'password.changed', accountId, { details: placeOf(act) })])
    },
    act.receipt,
  )
  app.principals.clear()
}
