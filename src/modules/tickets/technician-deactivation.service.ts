import type { App } from '../../platform/app-context.ts'
import { transaction } from '../../platform/db/transaction.ts'
import { deactivateAccount } from '../auth/accounts.service.ts'
import type { Act, User } from '../auth/actor.ts'
import { unassignTicketsOf } from './tickets.queries.ts'

/**
 * Deactivates a technician: their sign-in ends at once and their unresolved tickets go back to `new`, in one commit.
 * It stands here, not with the technicians, because it changes tickets.
 * @throws AppError `technician_not_found`.
 */
export const deactivateTechnician = async (app: App, act: Act<User>, technicianId: string): Promise<void> => {
  await transaction(app.pool, async (tx) => {
    await deactivateAccount(tx, act, 'technician', technicianId)
    await unassignTicketsOf(tx, act, technicianId)
  })
  app.principals.clear()
  app.nudge()
}
