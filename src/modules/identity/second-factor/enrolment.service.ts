import type { Role } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { openText, sealText } from '../../../platform/sealed-texts.ts'
import { type Act, placeOf, type User } from '../accounts/actor.ts'
import { settingsOf } from '../tenants/tenant-settings.service.ts'
import { belongsTo, type Owner } from './check-code.service.ts'
import {
  deleteFactor,
  enablePendingSecret,
  getFactorState,
  getTenantName,
  lockPendingSecret,
  replaceRecoveryCodes,
  writePendingSecret,
} from './enrolment.queries.ts'
import { createRecoveryCodes, hashOfRecoveryCode } from './recovery-codes.ts'
import type { NewSecondFactor, SecondFactorState } from './second-factor.schemas.ts'
import { createTotpSecret, otpauthUri, stepOfCode } from './totp.ts'

/** Whether a tenant asks people of a role for a second factor: its staff, when the setting says so. */
export const needsFactor = async (app: App, who: { tenantId: number; role: Role }): Promise<boolean> =>
  who.role !== 'customer' && (await settingsOf(app, who.tenantId)).second_factor_required

/** How long a new secret waits for its first code. */
const pendingSeconds = 3_600

/** Makes a secret that counts once its first code has come. A second factor that is there already stays until then. */
export const beginFactor = async (app: App, tx: Tx, { actor }: Act<User>): Promise<NewSecondFactor> => {
  const { tenantId, accountId, email } = actor
  const secret = createTotpSecret()
  const sealed = sealText(app.secrets.sealing, belongsTo(actor), secret)
  const issuer = (await getTenantName(tx, tenantId)).replaceAll(':', ' ')
  await writePendingSecret(tx, tenantId, accountId, sealed, new Date(app.clock.now()))
  return { secret, otpauth_uri: otpauthUri(secret, issuer, email ?? accountId), expires_in: pendingSeconds }
}

/** Makes a set of recovery codes in place of the earlier ones. Only the answer ever shows them. */
const renewCodes = async (tx: Tx, { tenantId, accountId }: Owner): Promise<string[]> => {
  const codes = createRecoveryCodes()
  const hashes = codes.flatMap((code) => hashOfRecoveryCode(tenantId, accountId, code) ?? [])
  await replaceRecoveryCodes(tx, tenantId, accountId, hashes)
  return codes
}

/**
 * Confirms the new secret with its first code, which is spent by that. Answers with the recovery codes.
 * @throws AppError `second_factor_missing` when no secret waits, or when it has waited for too long;
 * `wrong_second_factor`.
 */
export const enableFactor = async (app: App, tx: Tx, act: Act<User>, code: string): Promise<string[]> => {
  const { tenantId, accountId } = act.actor
  const now = app.clock.now()
  const pending = await lockPendingSecret(tx, tenantId, accountId, new Date(now - pendingSeconds * 1_000))
  const secret = pending && openText(app.secrets.sealing, belongsTo(act.actor), pending.pending_secret)
  if (pending === null || secret === null) {
    throw new AppError('second_factor_missing', { detail: 'Begin with POST /me/second-factor.' })
  }
  const step = stepOfCode(secret, code.replaceAll(/\s/g, ''), secondsOf(app.clock))
  if (step === null) throw new AppError('wrong_second_factor')
  await enablePendingSecret(tx, tenantId, accountId, { sealed: pending.pending_secret, step, at: new Date(now) })
  const details = { ...placeOf(act), replaced: pending.is_enabled }
  await recordEvents(tx, [eventOf(act, 'second_factor.enabled', accountId, { details })])
  return renewCodes(tx, act.actor)
}

/**
 * Makes a new set of recovery codes for a person who has just shown a code.
 * @throws AppError `second_factor_missing`.
 */
export const makeRecoveryCodes = async (tx: Tx, act: Act<User>): Promise<string[]> => {
  const { tenantId, accountId } = act.actor
  const { enabled_at: enabledAt } = await getFactorState(tx, tenantId, accountId)
  if (enabledAt === null) throw new AppError('second_factor_missing')
  await recordEvents(tx, [eventOf(act, 'second_factor.recovery_codes_made', accountId, { details: placeOf(act) })])
  return renewCodes(tx, act.actor)
}

/** What an account may know of its second factor. */
export const getSecondFactor = async (
  db: Db,
  { tenantId, accountId }: Owner,
): Promise<Omit<SecondFactorState, 'required'>> => {
  const { enabled_at: enabledAt, left } = await getFactorState(db, tenantId, accountId)
  return { enabled: enabledAt !== null, enabled_at: enabledAt, recovery_codes_left: left }
}

/** Switches the actor's own second factor off. Without one nothing happens. */
export const disableFactor = async (tx: Tx, act: Act<User>): Promise<void> => {
  const { tenantId, accountId } = act.actor
  if (!(await deleteFactor(tx, tenantId, accountId))) return
  await recordEvents(tx, [eventOf(act, 'second_factor.disabled', accountId, { details: placeOf(act) })])
}

/** Takes the second factor of an account away. Answers whether it had one. */
export const resetFactor = async (tx: Tx, act: Act, accountId: string): Promise<boolean> => {
  const wasThere = await deleteFactor(tx, act.actor.tenantId, accountId)
  if (wasThere) await recordEvents(tx, [eventOf(act, 'second_factor.reset', accountId)])
  return wasThere
}
