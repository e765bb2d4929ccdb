import type { AccountStatus, Role } from '../../../contract/enums.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { lockPerson } from '../accounts/accounts.service.ts'
import type { Act, User } from '../accounts/actor.ts'
import { endPasswordLinks } from '../accounts/passwords.service.ts'
import { deactivateAccount } from './sessions.queries.ts'

/**
 * Deactivates an account: sign-in, sessions and links end. Answers with the change of the status, for
 * the event that the caller records; null when the account is deactivated already, which stays as it is without an
 * event. The locks are in the order of every such transaction: the account, its links, its sessions, and then what the
 * caller locks, such as tickets.
 * @throws AppError as `lockPerson`.
 */
export const deactivatePerson = async (
  tx: Tx,
  { actor: { tenantId } }: Act<User>,
  role: Role,
  accountId: string,
): Promise<{ status: { from: AccountStatus; to: 'deactivated' } } | null> => {
  const { status: from } = await lockPerson(tx, tenantId, role, accountId)
  if (from === 'deactivated') return null
  await endPasswordLinks(tx, tenantId, accountId)
  await deactivateAccount(tx, tenantId, accountId)
  return { status: { from, to: 'deactivated' } }
}
