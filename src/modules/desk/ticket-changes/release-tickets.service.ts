import type { Tx } from '../../../platform/db/sql.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { type Release, unassignTicketsOf } from './release-tickets.queries.ts'

/**
 * Unassigns the unresolved tickets of a technician who is deactivated, or becomes an admin: they go back to `new`.
 * Answers with their number.
 */
export const releaseTicketsOf = (tx: Tx, act: Act<User>, technicianId: string, by: Release): Promise<number> =>
  unassignTicketsOf(tx, act, technicianId, by)
