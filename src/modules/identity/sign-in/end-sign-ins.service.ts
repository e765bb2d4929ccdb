import type { Role } from '../../../contract/enums.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { endTokensOf, lockAnybody, setAccountRole } from '../accounts/accounts.service.ts'
import type { Act, User } from '../accounts/actor.ts'
import { endAddressChanges } from '../accounts/passwords.service.ts'
import { revokeSessions } from './sessions.queries.ts'

/**
 * Ends all sessions and access tokens of an account, also those of the actor's own account, and the links to another
 * address, which somebody in one of the sessions may have asked for.
 * @throws AppError `account_not_found`.
 */
export const endSessionsOf = async (app: App, act: Act<User>, accountId: string): Promise<void> => {
  const { tenantId } = act.actor
  await transaction(
    app.pool,
    async (tx) => {
      await lockAnybody(tx, tenantId, accountId)
      await endTokensOf(tx, tenantId, accountId)
      await endAddressChanges(tx, tenantId, accountId)
      const sessions = await revokeSessions(tx, tenantId, accountId, null)
      await recordEvents(tx, [eventOf(act, 'account.sessions_ended', accountId, { details: { sessions } })])
    },
    act.receipt,
  )
  app.principals.clear()
}

/**
 * Gives an account another role in the caller's transaction, which has locked the account, and ends its sign-ins, its
 * API tokens and the links to another address.
 */
export const setRole = async (tx: Tx, { actor }: Act<User>, accountId: string, role: Role): Promise<void> => {
  await setAccountRole(tx, actor.tenantId, accountId, role)
  await endAddressChanges(tx, actor.tenantId, accountId)
  await revokeSessions(tx, actor.tenantId, accountId, null)
}
