import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { type Act, sessionOf, type User } from '../accounts/actor.ts'
import {
  beginFactor,
  disableFactor,
  enableFactor,
  getSecondFactor,
  makeRecoveryCodes,
} from '../second-factor/enrolment.service.ts'
import type { NewSecondFactor, RecoveryCodes, SecondFactorState } from '../second-factor/second-factor.schemas.ts'
import { type Proof, proveAgain } from './prove-again.service.ts'
import { revokeSessions } from './sessions.queries.ts'

// The answers of this file show secrets once. No transaction has the receipt of an Idempotency-Key, so none is kept.

/** What the actor may know of their second factor. */
export const readSecondFactor = async (app: App, { actor }: Act<User>): Promise<SecondFactorState> => ({
  ...(await getSecondFactor(app.pool, actor)),
  required: false,
})

/**
 * Begins a second factor, or another one in place of the present one.
 * @throws AppError as `proveAgain`.
 */
export const beginSecondFactor = async (app: App, act: Act<User>, proof: Proof): Promise<NewSecondFactor> => {
  await proveAgain(app, act, proof)
  return transaction(app.pool, (tx) => beginFactor(app, tx, act))
}

/**
 * Confirms a second factor with its first code. The other sessions of the person end, because they began without it.
 * @throws AppError `second_factor_missing`, `wrong_second_factor`.
 */
export const confirmSecondFactor = async (app: App, act: Act<User>, code: string): Promise<RecoveryCodes> => {
  const { tenantId, accountId } = act.actor
  const codes = await transaction(app.pool, async (tx) => {
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
 * @throws AppError as `proveAgain`.
 */
export const disableSecondFactor = async (app: App, act: Act<User>, proof: Proof): Promise<void> => {
  await proveAgain(app, act, proof)
  await transaction(app.pool, (tx) => disableFactor(tx, act), act.receipt)
  app.principals.clear()
}
