import type { Tx } from '../../../platform/db/sql.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { unassignTicketsOf } from './release-tickets.queries.ts'

/** Takes the unresolved tickets of a technician from them: the tickets go back to `new`. Says how many. */
export const releaseTicketsOf = (tx: Tx, act: Act<User>, technicianId: string): Promise<number> =>
  unassignTicketsOf(tx, act, technicianId)
