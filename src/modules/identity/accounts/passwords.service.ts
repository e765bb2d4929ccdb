import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import {
  activateWithPassword,
  lockAccountOfAddress,
  lockLivingAccount,
  updatePasswordHash,
} from './accounts.queries.ts'
import type { Act, System } from './actor.ts'
import { spendAddressChanges } from './email-confirmations.queries.ts'
import {
  deleteOldPasswordResets,
  findNamesOfLink,
  findOwnerOfLink,
  insertRequestedLink,
  type LinkOwner,
  spendPasswordResets,
  usePasswordReset,
} from './password-resets.queries.ts'
import { refuseWeakPassword } from './weak-passwords.ts'

/** How long the link of an invitation is good for. */
export const invitationDays = 7

/** How long a link to reset a forgotten password is good for. */
const resetMinutes = 30

/** How many links an account gets in an hour, so that nobody can fill its inbox. */
const maxPerHour = 3

/**
 * Hashes a new password. `names` are those of its owner: the name, the address, the sign-in name.
 * @throws AppError `validation_failed` when it is easy to guess.
 */
export const hashNewPassword = async (app: App, password: string, names: readonly string[]): Promise<string> => {
  await refuseWeakPassword(password, { names })
  return app.passwords.hash(password)
}

/**
 * Makes the link that the owner of an address asks for. Nobody gets one whose account is deactivated, or has had three
 * links within the hour, or to whom no mail may go now. In every case the database does the same work.
 * @returns whether a link was made.
 */
export const requestPasswordLink = async (
  tx: Tx,
  act: Act<System>,
  email: string,
  mayMail: boolean,
): Promise<boolean> => {
  const owner = await lockAccountOfAddress(tx, act.actor.tenantId, email)
  return insertRequestedLink(tx, act, mayMail ? owner : null, { resetMinutes, invitationDays, maxPerHour })
}

export type { LinkOwner }

/** Locks the account that has an address, if there is one, and answers whose it is. */
export const lockOwnerOfAddress = (tx: Tx, tenantId: number, email: string): Promise<LinkOwner> =>
  lockAccountOfAddress(tx, tenantId, email)

/**
 * Invites the owner of an address again, whom the caller has locked, when they are invited and had no three links
 * within the hour. In every case the database does the same work.
 * @returns whether an invitation was made.
 */
export const inviteOwnerAgain = (tx: Tx, act: Act<System>, owner: LinkOwner): Promise<boolean> =>
  insertRequestedLink(tx, act, owner?.status === 'invited' ? owner : null, { resetMinutes, invitationDays, maxPerHour })

/**
 * Ends the links that set the password of an account, or give it another address. A link that confirms the address of
 * the account stays good.
 */
export const endPasswordLinks = async (db: Db, tenantId: number, accountId: string): Promise<void> => {
  await spendPasswordResets(db, tenantId, accountId)
  await spendAddressChanges(db, tenantId, accountId)
}

/** Ends the links that give an account another address. The caller has locked the account. */
export const endAddressChanges = (tx: Tx, tenantId: number, accountId: string): Promise<number> =>
  spendAddressChanges(tx, tenantId, accountId)

/**
 * Uses a link: sets the password, confirms the address, makes an invited account active, ends the other links of the
 * account and every access token given before. A link is always one of the address that the account has, because every
 * change of the address ends the links before. The account is locked before its links, as in every transaction that
 * locks both.
 * @returns the account's id, whether this is the first password of an invited account, and whether the address was
 * confirmed by nobody before; null when the link is used, replaced by a newer one, or has expired.
 */
export const setPasswordByLink = async (
  tx: Tx,
  tenantId: number,
  resetId: string,
  passwordHash: string,
): Promise<{ accountId: string; isFirst: boolean; wasUnconfirmed: boolean } | null> => {
  const accountId = await findOwnerOfLink(tx, tenantId, resetId)
  const account = accountId === null ? null : await lockLivingAccount(tx, tenantId, accountId)
  if (accountId === null || account === null) return null
  if (!(await usePasswordReset(tx, tenantId, resetId))) return null
  await endPasswordLinks(tx, tenantId, accountId)
  await activateWithPassword(tx, tenantId, accountId, passwordHash)
  return { accountId, isFirst: account.status === 'invited', wasUnconfirmed: account.is_unconfirmed }
}

/** What the owner of a link is called; null when the link is not good. */
export const listNamesOfLink = (db: Db, tenantId: number, resetId: string): Promise<string[] | null> =>
  findNamesOfLink(db, tenantId, resetId)

/** Writes the hash of a new password, or of the same password at a higher cost. */
export const setPasswordHash = (db: Db, tenantId: number, accountId: string, hash: string): Promise<number> =>
  updatePasswordHash(db, tenantId, accountId, hash)

/** Removes at most `limit` links that expired long ago, and answers with their number. */
export const deleteOldPasswordLinks = (app: App, limit: number): Promise<number> =>
  deleteOldPasswordResets(app.pool, limit)
