import { type Access, writeIf } from '../../../platform/access.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { Actor, Technician, User } from '../accounts/actor.ts'
import type { CustomerChange } from './customers.schemas.ts'

/**
 * A condition: a customer `a` has a ticket of a technician. Merged tickets have indexes of their own, so the condition
 * says whether the ticket is merged.
 */
const haveTicketOf = ({ accountId }: Technician, isMerged: Sql): Sql => sql`exists (
  select from tickets t
  where t.tenant_id = a.tenant_id and t.customer_id = a.account_id and t.technician_id = ${accountId}
    and t.deleted_at is null and ${isMerged})`

/** Which customers an actor sees: admins all, customers themselves, technicians the customers of their tickets. */
export const visibleCustomers = (actor: Actor): Sql => {
  switch (actor.role) {
    case 'admin':
    case 'system':
      return sql`true`
    case 'customer':
      return sql`a.account_id = ${actor.accountId}`
    case 'technician':
      return sql`(${haveTicketOf(actor, sql`t.merged_into_number is null`)}
        or ${haveTicketOf(actor, sql`t.merged_into_number is not null`)})`
  }
}

/**
 * Admins may change a customer's name and address. Customers may change their own name only, because the address
 * identifies them.
 */
export const customerAccess = (actor: User, change: CustomerChange): Access =>
  writeIf(actor.role === 'admin' || (actor.role === 'customer' && change.email === undefined))
