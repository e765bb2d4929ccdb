import type { Role } from '../../../contract/enums.ts'
import type { ChangesOf } from '../../../contract/events.ts'
import { brokenConstraint } from '../../../platform/db/connection-errors.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { type AccountChange, insertAdmin, type LockedAccount, lockAccount, updateAccount } from './accounts.queries.ts'
import { type Act, systemOf, type User } from './actor.ts'
import { insertInvitation } from './password-resets.queries.ts'
import { endPasswordLinks, invitationDays } from './passwords.service.ts'

/**
 * Runs a statement that writes an account, and turns a broken uniqueness into its error. When no sign-in name was
 * chosen, the address is the sign-in name, too. PostgreSQL may then report either constraint, but the address is taken
 * in both cases.
 * @throws AppError `email_taken`; `sign_in_name_taken` only when there is a `signInName`.
 */
export const withUniqueAccount = async <T>(write: () => Promise<T>, signInName?: string): Promise<T> => {
  try {
    return await write()
  } catch (error) {
    const constraint = brokenConstraint(error)
    const isName = constraint === 'accounts_sign_in_name_key'
    if (isName && signInName !== undefined) throw new AppError('sign_in_name_taken')
    throw isName || constraint === 'accounts_email_key' ? new AppError('email_taken') : error
  }
}

/**
 * Creates an admin in the caller's transaction.
 * @throws AppError `email_taken`, `sign_in_name_taken`.
 */
export const createAdmin = (
  tx: Tx,
  tenantId: number,
  admin: { userId: string; name: string; email: string; passwordHash: string },
): Promise<string> =>
  withUniqueAccount(async () => {
    const accountId = await insertAdmin(tx, tenantId, admin).catch((error) => {
      // The id of an admin is the sign-in name. PostgreSQL may report the primary key, when both are taken.
      throw brokenConstraint(error) === 'accounts_pkey' ? new AppError('sign_in_name_taken') : error
    })
    await recordEvents(tx, [eventOf({ actor: systemOf(tenantId), requestId: null }, 'admin.created', accountId)])
    return accountId
  }, admin.userId)

/** The roles whose accounts can be changed and deactivated. */
export type PersonRole = Exclude<Role, 'admin'>

/**
 * Locks the account of a customer or a technician until the transaction ends.
 * @throws AppError `customer_not_found` or `technician_not_found`.
 */
export const lockPerson = async (
  tx: Tx,
  tenantId: number,
  role: PersonRole,
  accountId: string,
): Promise<LockedAccount> => {
  const account = await lockAccount(tx, tenantId, role, accountId)
  if (account === null) throw new AppError(`${role}_not_found`)
  return account
}

/** The changes of the members that only technicians have. */
type MoreChanges = Omit<ChangesOf<'technician.updated'>, 'name' | 'email'>

/**
 * Changes name and address of a customer or technician and records what changed, `more` included. A new address ends
 * the links that were mailed to the old one; somebody who is invited is invited again, at the new address.
 * @throws AppError `customer_not_found` or `technician_not_found`, `email_taken`.
 */
export const changeAccount = async (
  tx: Tx,
  act: Act<User>,
  role: PersonRole,
  accountId: string,
  { name, email }: AccountChange,
  more: MoreChanges = {},
): Promise<void> => {
  const { tenantId } = act.actor
  const account = await lockPerson(tx, tenantId, role, accountId)
  const changes: ChangesOf<'technician.updated'> = { ...more }
  if (name !== undefined && name !== account.name) changes.name = { from: account.name, to: name }
  if (email !== undefined && email !== account.email) changes.email = { from: account.email, to: email }
  if (changes.name || changes.email) {
    await withUniqueAccount(() => updateAccount(tx, tenantId, accountId, { name, email }))
  }
  if (changes.email) await endPasswordLinks(tx, tenantId, accountId)
  if (Object.keys(changes).length > 0) {
    await recordEvents(tx, [eventOf(act, `${role}.updated`, accountId, { changes })])
  }
  if (changes.email && account.status === 'invited') await insertInvitation(tx, act, accountId, invitationDays)
}
