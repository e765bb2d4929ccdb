import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { eventOf, recordEvents } from '../../../platform/events/append-events.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { deactivatePerson } from '../../identity/sign-in/deactivation.service.ts'
import { releaseTicketsOf } from '../ticket-changes/release-tickets.service.ts'

/**
 * Deactivates a technician: their sign-in ends at once and their unresolved tickets go back to `new`, in one commit.
 * @throws AppError `technician_not_found`.
 */
export const deactivateTechnician = async (app: App, act: Act<User>, technicianId: string): Promise<void> => {
  await transaction(
    app.pool,
    async (tx) => {
      const changes = await deactivatePerson(tx, act, 'technician', technicianId)
      if (changes === null) return
      const released = await releaseTicketsOf(tx, act, technicianId)
      await recordEvents(tx, [eventOf(act, 'technician.deactivated', technicianId, { changes, details: { released } })])
    },
    act.receipt,
  )
  app.principals.clear()
}
