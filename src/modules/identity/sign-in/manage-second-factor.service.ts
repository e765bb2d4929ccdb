import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { lockAnybody } from '../accounts/accounts.service.ts'
import { type Act, sessionOf, systemOf, type User } from '../accounts/actor.ts'
import { refuseUnconfirmed } from '../accounts/unconfirmed.ts'
import {
  beginFactor,
  disableFactor,
  enableFactor,
  getSecondFactor,
  makeRecoveryCodes,
  needsFactor,
  resetFactor,
} from '../second-factor/enrolment.service.ts'
import type { NewSecondFactor, RecoveryCodes, SecondFactorState } from '../second-factor/second-factor.schemas.ts'
import { getTenantId } from '../tenants/tenants.service.ts'
import { type Proof, type ProofInBody, proveAgain, proveByBody } from './prove-again.service.ts'
import { revokeSessions } from './sessions.queries.ts'
import { getAccount, lockAccountToSignIn } from './sign-in.queries.ts'

// The answers of this file show secrets once. No transaction has the receipt of an Idempotency-Key, so none is kept.

/** What the actor may know of their second factor. */
export const readSecondFactor = async (app: App, { actor }: Act<User>): Promise<SecondFactorState> => ({
  ...(await getSecondFactor(app.pool, actor)),
  required: await needsFactor(app, actor),
})

/**
 * Begins a second factor, or another one in place of the present one.
 * @throws AppError as `proveAgain`; `email_not_confirmed`.
 */
export const beginSecondFactor = async (app: App, act: Act<User>, proof: Proof): Promise<NewSecondFactor> => {
  await proveAgain(app, act, proof)
  return transaction(app.pool, async (tx) => {
    refuseUnconfirmed(await getAccount(tx, act.actor.tenantId, act.actor.accountId))
    return beginFactor(app, tx, act)
  })
}

/**
 * Confirms a second factor with its first code. The other sessions of the person end, because they began without it.
 * @throws AppError `second_factor_missing`, `wrong_second_factor`, `email_not_confirmed`.
 */
export const confirmSecondFactor = async (app: App, act: Act<User>, code: string): Promise<RecoveryCodes> => {
  const { tenantId, accountId } = act.actor
  const codes = await transaction(app.pool, async (tx) => {
    // A sign-in by the password alone that is under way now comes before, and ends, or asks for a code.
    refuseUnconfirmed(await lockAccountToSignIn(tx, tenantId, accountId))
    const made = await enableFactor(app, tx, act, code)
    await revokeSessions(tx, tenantId, accountId, sessionOf(act.actor))
    return made
  })
  app.principals.clear()
  return { recovery_codes: codes }
}

/**
 * Makes a new set of recovery codes.
 * @throws AppError `second_factor_missing`, and as `proveAgain`.
 */
export const renewRecoveryCodes = async (app: App, act: Act<User>, code: string): Promise<RecoveryCodes> => {
  await proveAgain(app, act, { code })
  return { recovery_codes: await transaction(app.pool, (tx) => makeRecoveryCodes(tx, act)) }
}

/**
 * Switches the second factor of the actor off. Without one nothing happens.
 * @throws AppError `second_factor_mandatory` where the tenant asks for one; else as `proveAgain`.
 */
export const disableSecondFactor = async (app: App, act: Act<User>, proof: Proof): Promise<void> => {
  if (await needsFactor(app, act.actor)) {
    throw new AppError('second_factor_mandatory', { detail: 'You can only put another one in its place.' })
  }
  await proveAgain(app, act, proof)
  await transaction(app.pool, (tx) => disableFactor(tx, act), act.receipt)
  app.principals.clear()
}

/**
 * Takes the second factor of an account away and ends its sessions, in the caller's transaction.
 * @returns whether it had one.
 * @throws AppError `account_not_found`.
 */
const resetOf = async (tx: Tx, act: Act, accountId: string): Promise<boolean> => {
  const { tenantId } = act.actor
  await lockAnybody(tx, tenantId, accountId)
  if (!(await resetFactor(tx, act, accountId))) return false
  await revokeSessions(tx, tenantId, accountId, null)
  return true
}

/**
 * Takes the second factor of another person away, for an admin who proves who they are.
 * @throws AppError `forbidden` for the actor's own; `account_not_found`; as `proveByBody`.
 */
export const resetSecondFactor = async (
  app: App,
  act: Act<User>,
  accountId: string,
  proof: ProofInBody,
): Promise<void> => {
  if (accountId === act.actor.accountId) {
    throw new AppError('forbidden', {
      detail: 'This is for others. Switch your own off with POST /me/second-factor/disable.',
    })
  }
  await proveByBody(app, act, proof)
  await transaction(app.pool, (tx) => resetOf(tx, act, accountId), act.receipt)
  app.principals.clear()
}

/**
 * Takes the second factor of an account away, for the operator.
 * @returns whether it had one.
 * @throws AppError `tenant_not_found`, `account_not_found`.
 */
export const resetFactorOf = async (app: App, slug: string, accountId: string): Promise<boolean> => {
  const act = { actor: systemOf(await getTenantId(app, slug)), requestId: null, receipt: null }
  return transaction(app.pool, (tx) => resetOf(tx, act, accountId))
}
