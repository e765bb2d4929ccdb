import type { Tx } from '../../../platform/db/sql.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { unassignTicketsOf } from './release-tickets.queries.ts'

/** Unassigns the unresolved tickets of a technician who is deactivated: they go back to `new`. Answers with their number. */
export const releaseTicketsOf = (tx: Tx, act: Act<User>, technicianId: string): Promise<number> =>
  unassignTicketsOf(tx, act, technicianId)
