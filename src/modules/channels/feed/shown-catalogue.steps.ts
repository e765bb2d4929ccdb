import { eventTypesWhere } from '../../../contract/events.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isAbout } from '../../desk/tickets/ticket-events.policy.ts'

const ofProducts = eventTypesWhere(({ subject }) => subject === 'product')
const ofOrders = eventTypesWhere(({ subject }) => subject === 'order')

/** The types of events about products and orders. The staff see all of these events. */
export const typesOfCatalogue = [...ofProducts, ...ofOrders]

const catalogueTypes = new Set<string>(typesOfCatalogue)
const productTypes = new Set<string>(ofProducts)

/** Whether events of a type are about a product or an order. They say nothing but what its readers may read. */
export const isTypeOfCatalogue = (type: string): boolean => catalogueTypes.has(type)

/**
 * Whether events of a type are about a product. Customers do not read who did these, because it may be another
 * customer, or an admin, whose id is a sign-in name.
 */
export const isTypeOfProducts = (type: string): boolean => productTypes.has(type)

/**
 * Which events of the step `looked` about products and orders are shown to whom of the step `readers`, beside admins:
 * rows of the step `shown`. Technicians see all of them, customers all products and their own orders. Each is a join of
 * its own, so that the planner compares by hash. `isWanted`: a condition on an event `e`.
 */
export const shownOfCatalogue = (isWanted: Sql): Sql => {
  const shown = sql`select e.position, 'event', r.role, array_agg(r.account_id), null::bigint from looked e join readers r`
  const each = sql`group by e.position, r.role`
  return sql`
    ${shown} on r.role = 'technician' where ${isAbout(typesOfCatalogue)} and ${isWanted} ${each}
    union all
    ${shown} on r.role = 'customer' where e.type = any (${ofProducts}::text[]) and ${isWanted} ${each}
    union all
    ${shown} on r.role = 'customer' and r.account_id = e.details ->> 'customer_id'
    where e.type = any (${ofOrders}::text[]) and ${isWanted} ${each}`
}
