import type { DetailsOf } from '../../../contract/events.ts'
import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { isSealedByFirst, openText, sealText } from '../../../platform/sealed-texts.ts'
import { type Act, placeOf } from '../accounts/actor.ts'
import { hashOfRecoveryCode, isRecoveryCode } from './recovery-codes.ts'
import {
  countRecoveryCodes,
  type Factor,
  findWhetherEnabled,
  lockFactor,
  spendRecoveryCode,
  updateLastStep,
  updateWrongCodes,
} from './second-factor.queries.ts'
import { isAppCode, stepOfCode } from './totp.ts'
import { blockedUntil, withOneMore } from './wrong-codes.ts'

/** Whose factor it is, in an act of this person, or of nobody who is known yet. */
export interface Owner {
  tenantId: number
  accountId: string
}

type Failure = DetailsOf<'second_factor.failed'>['reason']

/**
 * What became of a code. `none`: the account has no second factor. A transaction commits all of these, because wrong
 * codes count; `refuseCode` turns them into errors afterwards.
 */
export type CodeOutcome =
  | { is: 'right' }
  | { is: 'none' }
  | { is: 'wrong'; reason: Failure }
  | { is: 'blocked'; endsAt: string }
  | { is: 'unreadable' }

/** Says whose a sealed secret is. */
export const belongsTo = ({ tenantId, accountId }: Owner): string => `second factor ${tenantId} ${accountId}`

/** Whether an account has a second factor. */
export const hasFactor = (db: Db, { tenantId, accountId }: Owner): Promise<boolean> =>
  findWhetherEnabled(db, tenantId, accountId)

/** Checks a code of the app. The caller has locked the factor. */
const checkAppCode = async (app: App, tx: Tx, owner: Owner, factor: Factor, code: string): Promise<CodeOutcome> => {
  const now = app.clock.now()
  const endsAt = blockedUntil(factor, now)
  if (endsAt !== null) return { is: 'blocked', endsAt }
  const { sealing } = app.secrets
  const secret = openText(sealing, belongsTo(owner), factor.secret)
  if (secret === null) return { is: 'unreadable' }
  const digits = code.replaceAll(/\s/g, '')
  const step = stepOfCode(secret, digits, secondsOf(app.clock))
  if (step === null) {
    // What is no code at all, such as a recovery code with a slip in it, is no guess.
    if (!isAppCode(digits)) return { is: 'wrong', reason: 'no_code' }
    await updateWrongCodes(tx, { ...factor, ...withOneMore(factor, now) })
    return { is: 'wrong', reason: 'wrong_code' }
  }
  // A code that was good once is no guess, so it does not count as one.
  if (step <= factor.last_step) return { is: 'wrong', reason: 'used_code' }
  const sealed = isSealedByFirst(sealing, factor.secret) ? factor.secret : sealText(sealing, belongsTo(owner), secret)
  await updateLastStep(tx, { ...factor, secret: sealed, last_step: step })
  return { is: 'right' }
}

/** Uses a recovery code. It needs no key, and no number of wrong codes stands in its way: nobody can guess 98 bits. */
const checkRecoveryCode = async (
  tx: Tx,
  act: Act,
  { tenantId, accountId }: Owner,
  code: string,
): Promise<CodeOutcome> => {
  const hash = hashOfRecoveryCode(tenantId, accountId, code)
  if (hash === null || !(await spendRecoveryCode(tx, tenantId, accountId, hash))) {
    return { is: 'wrong', reason: 'wrong_recovery_code' }
  }
  const details = { ...placeOf(act), left: await countRecoveryCodes(tx, tenantId, accountId) }
  await recordEvents(tx, [eventOf(act, 'second_factor.recovery_code_used', accountId, { details })])
  return { is: 'right' }
}

/**
 * Records a code that was refused; the code itself is kept nowhere. The tenth wrong one of an hour is told to the
 * person. While the codes are blocked none is looked at, and none recorded: there would be an event for each request.
 */
const recordRefusal = async (
  app: App,
  tx: Tx,
  act: Act,
  { accountId }: Owner,
  before: Factor,
  outcome: CodeOutcome,
): Promise<void> => {
  if (outcome.is === 'right' || outcome.is === 'none' || outcome.is === 'blocked') return
  const reason = outcome.is === 'wrong' ? outcome.reason : outcome.is
  const events = [eventOf(act, 'second_factor.failed', accountId, { details: { ...placeOf(act), reason } })]
  const now = app.clock.now()
  const isCounted = outcome.is === 'wrong' && outcome.reason === 'wrong_code'
  if (isCounted && blockedUntil(withOneMore(before, now), now) !== null) {
    events.push(eventOf(act, 'second_factor.blocked', accountId, { details: { address: 'unknown', ...placeOf(act) } }))
  }
  await recordEvents(tx, events)
}

/**
 * Checks a code of the app or a recovery code of an account, and spends it when it is right. Codes of one account are
 * checked one after the other. The caller commits, whatever the outcome is, and then calls `refuseCode`.
 */
export const checkCode = async (app: App, tx: Tx, act: Act, owner: Owner, code: string): Promise<CodeOutcome> => {
  const factor = await lockFactor(tx, owner.tenantId, owner.accountId)
  if (factor === null) return { is: 'none' }
  const outcome = isRecoveryCode(code)
    ? await checkRecoveryCode(tx, act, owner, code)
    : await checkAppCode(app, tx, owner, factor, code)
  await recordRefusal(app, tx, act, owner, factor, outcome)
  return outcome
}

/** What to say of a wrong code beside the title. */
const detailsOf: Partial<Record<Failure, { detail: string }>> = {
  no_code: { detail: 'A code of the app has six digits. This is none, and no recovery code.' },
}

/**
 * Refuses a code that was not right.
 * @throws AppError `wrong_second_factor`; `second_factor_blocked` after too many wrong codes;
 * `second_factor_unavailable` when no key opens the secret.
 */
export const refuseCode = (app: App, owner: Owner, outcome: CodeOutcome): void => {
  if (outcome.is === 'wrong') throw new AppError('wrong_second_factor', detailsOf[outcome.reason] ?? {})
  if (outcome.is === 'blocked') {
    const seconds = Math.max(1, Math.ceil((Date.parse(outcome.endsAt) - app.clock.now()) / 1_000))
    throw new AppError('second_factor_blocked', {
      detail: 'Too many wrong codes. Use a recovery code, or wait until ends_at.',
      extra: { ends_at: outcome.endsAt },
      headers: { 'Retry-After': String(seconds) },
    })
  }
  if (outcome.is === 'unreadable') {
    const { tenantId: tenant_id, accountId: account_id } = owner
    app.log.error({ tenant_id, account_id }, 'no key in SECRETS_KEY opens a second factor; see docs/operations.md')
    throw new AppError('second_factor_unavailable', {
      detail: 'Use a recovery code, or ask an admin to reset your second factor.',
    })
  }
}
