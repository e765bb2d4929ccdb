import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { refuseSuspended } from '../tenants/tenants.service.ts'
import { confirmAddress, lockLivingAccount, updateAccount } from './accounts.queries.ts'
import { withUniqueAccount } from './accounts.service.ts'
import { type Origin, placeOf } from './actor.ts'
import { deleteOldConfirmations, findOwnerOfConfirmation, useConfirmation } from './email-confirmations.queries.ts'
import { confirmationTokens } from './mailed-links.ts'
import { endPasswordLinks } from './passwords.service.ts'

/** Uses a link in the caller's transaction, and records what it did. */
const useLink = async (tx: Tx, origin: Origin, tenantId: number, confirmationId: string): Promise<void> => {
  const accountId = await findOwnerOfConfirmation(tx, tenantId, confirmationId)
  const isLocked = accountId !== null && (await lockLivingAccount(tx, tenantId, accountId)) !== null
  const link = isLocked ? await useConfirmation(tx, tenantId, confirmationId) : null
  if (accountId === null || link === null) throw new AppError('invalid_confirmation_token')
  const { role, from, to, email_before, is_own, is_confirmed } = link
  const act = { actor: { tenantId, accountId, role }, requestId: origin.requestId }
  if (!is_own) {
    await withUniqueAccount(() => updateAccount(tx, tenantId, accountId, { email: to }))
    await endPasswordLinks(tx, tenantId, accountId)
  }
  await confirmAddress(tx, tenantId, accountId)
  if (!is_own) {
    const changed = { changes: { email: { from, to } }, details: { ...placeOf(origin), email_before } }
    await recordEvents(tx, [eventOf(act, 'account.email_changed', accountId, changed)])
  } else if (!is_confirmed) {
    await recordEvents(tx, [eventOf(act, 'account.email_confirmed', accountId)])
  }
}

/**
 * Confirms an address by the link of a mail. When the account has another address, it gets the one of the link: links
 * that set a password end, sessions go on, and the address before is told.
 * @throws AppError `invalid_confirmation_token` when the link was not made by this program, was used, has expired, or
 * the account has had another address since; `email_taken` when another account got the address meanwhile;
 * `tenant_suspended`.
 */
export const confirmEmail = async (app: App, origin: Origin, token: string): Promise<void> => {
  const { tenantId, rowId: confirmationId } = confirmationTokens.read(app, token)
  await refuseSuspended(app, tenantId)
  await transaction(app.pool, (tx) => useLink(tx, origin, tenantId, confirmationId), origin.receipt)
  app.principals.clear()
}

/** Removes at most `limit` links that expired long ago, and answers with their number. */
export const deleteOldEmailConfirmations = (app: App, limit: number): Promise<number> =>
  deleteOldConfirmations(app.pool, limit)
