import type { ErrorCode } from '../../../contract/error-codes.ts'
import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { eventOf, recordLoneEvent } from '../../../platform/events/append-events.ts'
import { type Act, placeOf, type User } from '../accounts/actor.ts'
import { checkCode, hasFactor, refuseCode } from '../second-factor/check-code.service.ts'
import { type Account, getAccount } from './sign-in.queries.ts'

/** What a signed-in person shows again before something that must not happen at an unlocked screen. */
export interface Proof {
  /**
   * The current password. Checked when the caller passes it on, so an endpoint that needs it requires it in its body.
   */
  password?: string | undefined
  /** A code of the app, or a recovery code. Required of accounts with a second factor, passed over for others. */
  code?: string | undefined
}

/** What `proveAgain` may refuse with when no password is asked for, for `fails` of an endpoint. */
export const codeErrors = [
  'second_factor_code_required',
  'wrong_second_factor',
  'second_factor_blocked',
  'second_factor_unavailable',
] as const satisfies ErrorCode[]

/** What `proveAgain` may refuse with, for `fails` of an endpoint. */
export const proofErrors = ['wrong_password', ...codeErrors] as const satisfies ErrorCode[]

/** The members of a body that prove who the actor is. */
export interface ProofInBody {
  current_password?: string | undefined
  second_factor_code?: string | undefined
}

/**
 * Lets an admin prove who they are before what would give an account of an admin away: else a stolen session, or an
 * unlocked screen, is enough to keep the desk for ever.
 * @throws AppError `validation_failed` without a password; as `proveAgain`.
 */
export const proveByBody = async (app: App, act: Act<User>, body: ProofInBody): Promise<void> => {
  const { current_password: password, second_factor_code: code } = body
  if (password === undefined) throw passwordMissing()
  await proveAgain(app, act, { password, code })
}

/** What is asked for needs the password of the actor. */
export const passwordMissing = (): AppError =>
  invalidMember('current_password', 'is missing, because this needs your own password', 'missing')

/**
 * Checks the current password of a signed-in person, and records a wrong one.
 * @returns the account, as it was when it was checked.
 * @throws AppError `wrong_password`.
 */
export const provePassword = async (app: App, act: Act<User>, password: string): Promise<Account> => {
  const { tenantId, accountId, sessionId } = act.actor
  const account = await getAccount(app.pool, tenantId, accountId)
  if (await app.passwords.verify(password, account.password_hash)) return account
  const details = { ...placeOf(act), session_id: sessionId }
  await recordLoneEvent(app.pool, eventOf(act, 'password.proof_failed', accountId, { details }))
  throw new AppError('wrong_password')
}

/**
 * Lets a signed-in person prove again who they are: first the password, then the code, which is spent. A wrong one is
 * recorded, and wrong codes count for the account.
 * @throws AppError `wrong_password`; `second_factor_code_required` when the account has a second factor and no code
 * came; `wrong_second_factor`, `second_factor_blocked`, `second_factor_unavailable`.
 */
export const proveAgain = async (app: App, act: Act<User>, { password, code }: Proof): Promise<void> => {
  if (password !== undefined) await provePassword(app, act, password)
  if (code === undefined) {
    if (await hasFactor(app.pool, act.actor)) {
      throw new AppError('second_factor_code_required', {
        detail: 'Send second_factor_code, too: the code that your app shows, or a recovery code.',
      })
    }
    return
  }
  const outcome = await transaction(app.pool, (tx) => checkCode(app, tx, act, act.actor, code))
  refuseCode(app, act.actor, outcome)
}
