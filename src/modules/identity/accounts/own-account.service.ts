import type { Language } from '../../../contract/enums.ts'
import type { ChangesOf } from '../../../contract/events.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { mailableForm, readEmail } from '../../../platform/email-address.ts'
import { AppError, invalidMember } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { type Act, placeOf, type User } from './actor.ts'
import { insertEmailConfirmation, spendAddressChanges } from './email-confirmations.queries.ts'
import { lockOwnAccount, type OwnRow, updateOwnAccount } from './own-account.queries.ts'

/** What a person may change of their own account. */
export interface OwnChange {
  name?: string
  time_zone?: string | null
  language?: Language | null
}

/**
 * Locks the actor's own account until the transaction ends.
 * @throws AppError `invalid_token` when it was deactivated since the request came.
 */
export const lockOwn = async (tx: Tx, { actor }: Act<User>): Promise<OwnRow> => {
  const own = await lockOwnAccount(tx, actor)
  if (own === null) throw new AppError('invalid_token')
  return own
}

/**
 * Changes the actor's own account in the caller's transaction, which has locked it as `own`, and records what changed.
 * @throws nothing of its own.
 */
export const changeOwnAccount = async (tx: Tx, act: Act<User>, own: OwnRow, change: OwnChange): Promise<void> => {
  const members = (['name', 'time_zone', 'language'] as const).filter(
    (member) => change[member] !== undefined && change[member] !== own[member],
  )
  if (members.length === 0) return
  const changes = Object.fromEntries(
    members.map((member) => [member, { from: own[member], to: change[member] ?? null }]),
  ) as ChangesOf<'account.updated'>
  await updateOwnAccount(tx, act.actor, changes)
  await recordEvents(tx, [eventOf(act, 'account.updated', act.actor.accountId, { changes })])
}

/** How long the link to a new address is good for. */
const confirmationDays = 1

/**
 * Makes a link that gives the actor's account another address, which the caller has locked as `own`; links to another
 * address before end. For the address that the account has, the link only confirms it; when that is confirmed already,
 * there is none. The address may belong to another account: nobody learns so before the link in the mail is followed.
 * @throws AppError `validation_failed` for another address that is none to mail to.
 * @returns whether a mail is sent. None is when `mayMail` is false, but the link is made, so that the answers are
 * alike.
 */
export const askForAddress = async (
  tx: Tx,
  act: Act<User>,
  own: OwnRow,
  email: string,
  mayMail: boolean,
): Promise<boolean> => {
  const { tenantId, accountId } = act.actor
  await spendAddressChanges(tx, tenantId, accountId)
  const address = mailableForm(email)
  const isOwn = address.toLowerCase() === own.mailed_email.toLowerCase()
  const reading = readEmail(email)
  if (!isOwn && 'error' in reading) throw invalidMember('email', reading.error, 'invalid_format')
  if (isOwn && own.is_confirmed) return false
  const confirmation_id = await insertEmailConfirmation(tx, tenantId, accountId, email, confirmationDays)
  if (!mayMail) return false
  const details = { ...placeOf(act), confirmation_id, expires_days: confirmationDays, email: address }
  const type = isOwn ? 'account.email_confirmation_requested' : 'account.email_change_requested'
  await recordEvents(tx, [eventOf(act, type, accountId, { details })])
  return true
}
