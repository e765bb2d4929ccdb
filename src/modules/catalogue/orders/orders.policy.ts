import { type Access, writeIf } from '../../../platform/access.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'

/** Which orders `o` an actor sees: the staff all, customers their own. */
export const visibleOrders = ({ role, accountId }: User): Sql =>
  role === 'customer' ? sql`o.customer_id = ${accountId}` : sql`true`

/**
 * Who may complete an order that they see: the staff, or a program of theirs that takes payments. Customers complete
 * what costs nothing, so that nobody says of themselves that they have paid.
 */
export const completeAccess = ({ role }: User, { price }: { price: number }): Access =>
  writeIf(role !== 'customer' || price === 0)
