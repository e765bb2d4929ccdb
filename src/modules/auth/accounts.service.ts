import { brokenConstraint } from '../../platform/db/connection-errors.ts'
import type { Tx } from '../../platform/db/sql.ts'
import { AppError } from '../../platform/errors.ts'
import { type Changes, insertEvents } from '../../platform/events/events.ts'
import {
  type AccountChange,
  deactivateAccount as deactivate,
  insertAdmin,
  type LockedAccount,
  lockAccount,
  updateAccount,
} from './accounts.queries.ts'
import type { Act, User } from './actor.ts'
import { spendPasswordResets } from './password-resets.queries.ts'

/**
 * Runs a statement that writes an account and turns a broken uniqueness into its error. Without a sign-in name of one's
 * own choice the address is the name too, and PostgreSQL may report either: what is taken then is the address.
 * @throws AppError `email_taken` or, only when there is a `signInName`, `sign_in_name_taken`.
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
    const accountId = await insertAdmin(tx, tenantId, admin)
    await insertEvents(tx, [
      {
        tenantId,
        type: 'admin.created',
        subjectId: accountId,
        subjectVersion: null,
        actorId: null,
        actorRole: 'system',
        changes: {},
        details: {},
        requestId: null,
      },
    ])
    return accountId
  }, admin.userId)

const accountEvent = (act: Act<User>, accountId: string, type: string, changes: Changes) => ({
  tenantId: act.actor.tenantId,
  type,
  subjectId: accountId,
  subjectVersion: null,
  actorId: act.actor.accountId,
  actorRole: act.actor.role,
  changes,
  details: {},
  requestId: act.requestId,
})

type PersonRole = 'customer' | 'technician'

const lock = async (tx: Tx, tenantId: number, role: PersonRole, accountId: string): Promise<LockedAccount> => {
  const account = await lockAccount(tx, tenantId, role, accountId)
  if (account === null) throw new AppError(`${role}_not_found`)
  return account
}

/**
 * Changes name and address of a customer or technician and records what changed, `more` included. A new address ends
 * the links that were mailed to the old one.
 * @throws AppError `customer_not_found` or `technician_not_found`, `email_taken`.
 */
export const changeAccount = async (
  tx: Tx,
  act: Act<User>,
  role: PersonRole,
  accountId: string,
  { name, email }: AccountChange,
  more: Changes = {},
): Promise<void> => {
  const { tenantId } = act.actor
  const account = await lock(tx, tenantId, role, accountId)
  const changes: Changes = { ...more }
  if (name !== undefined && name !== account.name) changes.name = { from: account.name, to: name }
  if (email !== undefined && email !== account.email) changes.email = { from: account.email, to: email }
  if (changes.name || changes.email) {
    await withUniqueAccount(() => updateAccount(tx, tenantId, accountId, { name, email }))
  }
  if (changes.email) await spendPasswordResets(tx, tenantId, accountId)
  if (Object.keys(changes).length > 0) {
    await insertEvents(tx, [accountEvent(act, accountId, `${role}.updated`, changes)])
  }
}

/**
 * Deactivates a customer or technician: sign-in, sessions and links end. Who is deactivated already stays so, without a
 * word.
 * @throws AppError `customer_not_found` or `technician_not_found`.
 */
export const deactivateAccount = async (tx: Tx, act: Act<User>, role: PersonRole, accountId: string): Promise<void> => {
  const { tenantId } = act.actor
  const account = await lock(tx, tenantId, role, accountId)
  if (account.status === 'deactivated') return
  await deactivate(tx, tenantId, accountId)
  await spendPasswordResets(tx, tenantId, accountId)
  const changes = { status: { from: account.status, to: 'deactivated' } }
  await insertEvents(tx, [accountEvent(act, accountId, `${role}.deactivated`, changes)])
}
