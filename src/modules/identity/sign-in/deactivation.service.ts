import type { Tx } from '../../../platform/db/sql.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import { lockPerson, type PersonRole } from '../accounts/accounts.service.ts'
import type { Act, User } from '../accounts/actor.ts'
import { endPasswordLinks } from '../accounts/passwords.service.ts'
import { deactivateAccount } from './sessions.queries.ts'

/**
 * Deactivates a customer or a technician: sign-in, sessions and links end. Then `release` gives back what a technician
 * has in hand, and answers with the number, which the event says. An account that is deactivated already stays as it is,
 * without an event. The locks are in the order of every such transaction: the account, its links, its sessions, and
 * tickets last.
 * @throws AppError `customer_not_found` or `technician_not_found`.
 */
export const deactivatePerson = async (
  tx: Tx,
  act: Act<User>,
  role: PersonRole,
  accountId: string,
  release?: () => Promise<number>,
): Promise<void> => {
  const { tenantId } = act.actor
  const account = await lockPerson(tx, tenantId, role, accountId)
  if (account.status === 'deactivated') return
  await endPasswordLinks(tx, tenantId, accountId)
  await deactivateAccount(tx, tenantId, accountId)
  const changes = { status: { from: account.status, to: 'deactivated' as const } }
  const released = await release?.()
  const event =
    released === undefined
      ? eventOf(act, `${role}.deactivated`, accountId, { changes })
      : eventOf(act, 'technician.deactivated', accountId, { changes, details: { released } })
  await recordEvents(tx, [event])
}
