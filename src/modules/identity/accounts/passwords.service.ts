import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { activateWithPassword, updatePasswordHash } from './accounts.queries.ts'
import { refuseCommonPassword } from './common-passwords.ts'
import {
  countRecentPasswordResets,
  deleteOldPasswordResets,
  insertPasswordReset,
  spendPasswordResets,
  usePasswordReset,
} from './password-resets.queries.ts'

/** How long the link of an invitation is good for. */
export const invitationDays = 7

/** How many links an account gets in an hour, so that nobody can fill its inbox. */
const maxResetsPerHour = 3

/**
 * Hashes a new password.
 * @throws AppError `validation_failed` when it is one of the most common ones.
 */
export const hashNewPassword = async (app: App, password: string): Promise<string> => {
  await refuseCommonPassword(password)
  return app.passwords.hash(password)
}

/**
 * Makes a link that sets the password, good for `minutes`. Null when the account has had three links within the hour.
 */
export const createPasswordLink = async (
  tx: Tx,
  tenantId: number,
  accountId: string,
  minutes: number,
): Promise<string | null> =>
  (await countRecentPasswordResets(tx, tenantId, accountId)) >= maxResetsPerHour
    ? null
    : insertPasswordReset(tx, tenantId, accountId, minutes)

/**
 * Uses a link: sets the password, makes an invited account active and ends every access token given before.
 * @returns the account's id; null when the link is used, replaced by a newer one, or has expired.
 */
export const setPasswordByLink = async (
  tx: Tx,
  tenantId: number,
  resetId: string,
  passwordHash: string,
): Promise<string | null> => {
  const accountId = await usePasswordReset(tx, tenantId, resetId)
  if (accountId !== null) await activateWithPassword(tx, tenantId, accountId, passwordHash)
  return accountId
}

/** Ends the links that were mailed to an account. */
export const endPasswordLinks = (db: Db, tenantId: number, accountId: string): Promise<number> =>
  spendPasswordResets(db, tenantId, accountId)

/** Writes the hash of a new password, or of the same password at a higher cost. */
export const setPasswordHash = (db: Db, tenantId: number, accountId: string, hash: string): Promise<number> =>
  updatePasswordHash(db, tenantId, accountId, hash)

/** Removes at most `limit` links that expired long ago, and answers with their number. */
export const deleteOldPasswordLinks = (app: App, limit: number): Promise<number> =>
  deleteOldPasswordResets(app.pool, limit)
