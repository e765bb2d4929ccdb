import type { Role } from '../../../contract/enums.ts'
import type { ErrorCode } from '../../../contract/error-codes.ts'
import type { ChangesOf } from '../../../contract/events.ts'
import { brokenConstraint } from '../../../platform/db/connection-errors.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { mailableForm } from '../../../platform/email-address.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import {
  type AccountChange,
  endAccessTokens,
  hasOtherAdmin,
  insertAdmin,
  type LockedAccount,
  lockAccount,
  lockAdmins,
  updateAccount,
  updateRole,
} from './accounts.queries.ts'
import { type Act, systemOf, type User } from './actor.ts'
import { insertEmailConfirmation } from './email-confirmations.queries.ts'
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

/** What a new admin has beside a password. */
interface NewAdminAccount {
  userId: string
  name: string
  email: string
}

const writeAdmin = (
  tx: Tx,
  tenantId: number,
  admin: NewAdminAccount & { passwordHash: string | null },
): Promise<string> =>
  withUniqueAccount(
    () =>
      insertAdmin(tx, tenantId, admin).catch((error) => {
        // The id of an admin is the sign-in name. PostgreSQL may report the primary key, when both are taken.
        throw brokenConstraint(error) === 'accounts_pkey' ? new AppError('sign_in_name_taken') : error
      }),
    admin.userId,
  )

/**
 * Creates an admin in the caller's transaction.
 * @throws AppError `email_taken`, `sign_in_name_taken`.
 */
export const createAdmin = async (
  tx: Tx,
  tenantId: number,
  admin: NewAdminAccount & { passwordHash: string },
): Promise<string> => {
  const accountId = await writeAdmin(tx, tenantId, admin)
  await recordEvents(tx, [eventOf({ actor: systemOf(tenantId), requestId: null }, 'admin.created', accountId)])
  return accountId
}

/**
 * Invites an admin in the caller's transaction: a link to set a password is mailed to them.
 * @throws AppError `email_taken`, `sign_in_name_taken`.
 */
export const inviteAdmin = async (tx: Tx, act: Act, admin: NewAdminAccount): Promise<string> => {
  const accountId = await writeAdmin(tx, act.actor.tenantId, { ...admin, passwordHash: null })
  await insertInvitation(tx, act, accountId, invitationDays)
  return accountId
}

const notFound: Record<Role, ErrorCode> = {
  admin: 'account_not_found',
  technician: 'technician_not_found',
  customer: 'customer_not_found',
}

/**
 * Locks the account of a role until the transaction ends.
 * @throws AppError `account_not_found`, `customer_not_found` or `technician_not_found`, by the role.
 */
export const lockPerson = async (tx: Tx, tenantId: number, role: Role, accountId: string): Promise<LockedAccount> => {
  const account = await lockAccount(tx, tenantId, accountId)
  if (account?.role !== role) throw new AppError(notFound[role])
  return account
}

/**
 * Locks the account of anybody until the transaction ends.
 * @throws AppError `account_not_found`.
 */
export const lockAnybody = async (tx: Tx, tenantId: number, accountId: string): Promise<LockedAccount> => {
  const account = await lockAccount(tx, tenantId, accountId)
  if (account === null) throw new AppError('account_not_found')
  return account
}

/**
 * Locks the account of anybody for a change that may take an admin away: two such changes in a tenant follow each
 * other. The tenant is locked before the account, as everywhere.
 * @throws AppError `account_not_found`.
 */
export const lockBeforeLoss = async (tx: Tx, tenantId: number, accountId: string): Promise<LockedAccount> => {
  await lockAdmins(tx, tenantId)
  return lockAnybody(tx, tenantId, accountId)
}

/**
 * Refuses to take the last active admin away. The account is locked by `lockBeforeLoss`.
 * @throws AppError `last_admin`.
 */
export const refuseLastAdmin = async (
  tx: Tx,
  tenantId: number,
  { account_id, role, status }: Pick<LockedAccount, 'account_id' | 'role' | 'status'>,
): Promise<void> => {
  if (role !== 'admin' || status !== 'active' || (await hasOtherAdmin(tx, tenantId, account_id))) return
  throw new AppError('last_admin', {
    detail: `${account_id} is the only active admin. Invite another admin first, who chooses a password.`,
  })
}

/** How long the link to an address that an admin has set is good for. */
const confirmationDays = 7

/**
 * After an admin gave an active account another address: mails a link that confirms it, and tells the address before.
 */
const askToConfirm = async (
  tx: Tx,
  act: Act<User>,
  account: LockedAccount,
  email: { from: string | null; to: string | null },
): Promise<void> => {
  const { account_id: accountId, email: before } = account
  const days = confirmationDays
  const confirmation_id = await insertEmailConfirmation(tx, act.actor.tenantId, accountId, email.to ?? before, days)
  const details = { confirmation_id, expires_days: days, email_before: mailableForm(before) }
  await recordEvents(tx, [eventOf(act, 'account.email_changed', accountId, { changes: { email }, details })])
}

/**
 * Refuses another address, unless a person who has signed in gives it to somebody else. A token could take the account
 * over by it, and so could who finds an unlocked screen: the own address changes with the password and a link.
 * @throws AppError `session_required`, `forbidden`.
 */
const refuseAddress = ({ actor }: Act<User>, accountId: string): void => {
  if (actor.sessionId === null) {
    const detail = 'An API token cannot change an address. Sign in with a password.'
    throw new AppError('session_required', { detail })
  }
  if (actor.accountId !== accountId) return
  throw new AppError('forbidden', {
    detail:
      'Change your own address with POST /me/email: it asks for your password, and mails a link to the new address.',
  })
}

/** The changes of what everybody has. */
type CommonChanges = ChangesOf<'admin.updated' | 'customer.updated' | 'technician.updated'>

/**
 * Changes name and address of an account and records what changed, `more` included. A new address ends the links that
 * were mailed to the old one. Somebody who is invited is invited again, at the new address; of an active account the
 * new address is not confirmed until a link is followed that is mailed there, and the old one is told.
 * @throws AppError as `lockPerson`, `email_taken`; `session_required` and `forbidden` for an address, as
 * `refuseAddress`.
 */
export const changeAccount = async <R extends Role>(
  tx: Tx,
  act: Act<User>,
  role: R,
  accountId: string,
  { name, email }: AccountChange,
  more?: Omit<ChangesOf<`${R}.updated`>, keyof CommonChanges>,
): Promise<void> => {
  const { tenantId } = act.actor
  const account = await lockPerson(tx, tenantId, role, accountId)
  const changes: CommonChanges = {}
  if (name !== undefined && name !== account.name) changes.name = { from: account.name, to: name }
  if (email !== undefined && email !== account.email) changes.email = { from: account.email, to: email }
  if (changes.email) refuseAddress(act, accountId)
  if (changes.name || changes.email) {
    await withUniqueAccount(() => updateAccount(tx, tenantId, accountId, { name, email }))
  }
  if (changes.email) await endPasswordLinks(tx, tenantId, accountId)
  const all = { ...more, ...changes }
  if (Object.keys(all).length > 0) {
    await recordEvents(tx, [eventOf(act, `${role}.updated` as `${Role}.updated`, accountId, { changes: all })])
  }
  if (changes.email && account.status === 'invited') await insertInvitation(tx, act, accountId, invitationDays)
  if (changes.email && account.status === 'active') await askToConfirm(tx, act, account, changes.email)
}

/** Gives an account another role, and ends its access tokens and API tokens. The caller has locked the account. */
export const setAccountRole = (tx: Tx, tenantId: number, accountId: string, role: Role): Promise<number> =>
  updateRole(tx, tenantId, accountId, role)

/** Ends the access tokens of an account. The caller has locked the account. */
export const endTokensOf = (tx: Tx, tenantId: number, accountId: string): Promise<number> =>
  endAccessTokens(tx, tenantId, accountId)
