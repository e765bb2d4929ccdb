import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'
import type { Counter } from '../../identity/tenants/counters.steps.ts'
import { seesOwner } from './products.policy.ts'

/** The counter of products, and what it numbers. */
export const productCounter: Counter = {
  name: 'product',
  constraints: ['products_pkey'],
  highest: (tenantId) => sql`select max(n.product_number) as number from products n where n.tenant_id = ${tenantId}`,
}

/**
 * A condition: an order `l` holds its unit. A reservation whose time is over holds nothing, also when nobody has ended
 * it yet. The first part is that of the index `orders_live_unit`.
 */
export const holdsUnit = sql`(l.status in ('reserved', 'complete')
  and (l.status = 'complete' or l.reserved_until > now()))`

/** How many units of a product `p` are with orders now. */
const unitsTaken = sql`(
  select count(*)::integer from orders l
  where l.tenant_id = p.tenant_id and l.product_number = p.product_number and ${holdsUnit})`

/** How many units of a product `p` can be ordered now: an expression. */
export const unitsFree = sql`greatest(p.units - ${unitsTaken}, 0)`

/**
 * The step that locks the products of the orders of the query `ofOrders`, which has `tenant_id` and `product_number`,
 * in the order of their numbers. Whoever takes or frees a unit locks the product before the order: the trigger that
 * counts the units taken writes the product. `leaves out`: products that somebody else has locked.
 */
export const lockProductsStep = (ofOrders: Sql, patience: 'waits' | 'leaves out'): Sql => sql`
  select p.tenant_id, p.product_number from products p
  where (p.tenant_id, p.product_number) in (${ofOrders})
  order by p.tenant_id, p.product_number
  ${patience === 'waits' ? sql`for no key update of p` : sql`for no key update of p skip locked`}`

/** The columns of an answer to an actor, for a product `p`. */
export const productColumns = (actor: User): Sql => sql`p.product_id, p.title, p.price, p.currency, p.kind, p.category,
  p.units, ${unitsFree} as units_free, case when ${seesOwner(actor)} then p.owner_id end as owner_id,
  case when ${seesOwner(actor)} then (
    select a.name from accounts a where a.tenant_id = p.tenant_id and a.account_id = p.owner_id) end as owner_name,
  p.version, p.created_at, p.updated_at`
