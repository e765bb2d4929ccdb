import { type EventType, eventTypesWhere } from '../../../contract/events.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isAbout } from '../../../platform/events/about.ts'
import type { User } from '../../identity/accounts/actor.ts'

const ofProducts = eventTypesWhere(({ subject }) => subject === 'product')
const ofOrders = eventTypesWhere(({ subject }) => subject === 'order')

/** The types of events about products and orders. */
export const typesOfCatalogue: EventType[] = [...ofProducts, ...ofOrders]

const catalogueTypes = new Set<string>(typesOfCatalogue)
const productTypes = new Set<string>(ofProducts)

/** Whether events of a type are about a product or an order. Who reads one reads all its changes and details. */
export const isTypeOfCatalogue = (type: string): boolean => catalogueTypes.has(type)

/**
 * Conditions: who may read an event `e` about a product or an order, beside admins, who read all. They are those
 * of reading the thing itself: the staff reads all, customers read products and their own orders. An erasure is for the
 * staff.
 */
export const catalogueReadable = {
  byStaff: isAbout(typesOfCatalogue),
  byEveryCustomer: sql`e.type = any (${ofProducts}::text[])`,
  /** By the customer with this account, beside what every customer reads. */
  byCustomer: (accountId: Sql): Sql =>
    sql`(e.type = any (${ofOrders}::text[]) and e.details ->> 'customer_id' = ${accountId})`,
}

/**
 * Whether a role reads who did what an event of the catalogue tells. Customers do not read who created or changed a
 * product, because it may be another customer, or an admin, whose id is a sign-in name.
 */
export const readsActorOf = ({ role }: Pick<User, 'role'>, type: string): boolean =>
  role !== 'customer' || !productTypes.has(type)
