import type { ProductsBy } from '../../../contract/enums.ts'
import { type Access, writeIf } from '../../../platform/access.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import type { User } from '../../identity/accounts/actor.ts'

/** Whether an actor may create products: the staff always, customers where the tenant's setting says so. */
export const mayCreateProducts = ({ role }: User, productsBy: ProductsBy): boolean =>
  role !== 'customer' || productsBy === 'everybody'

/** Everybody reads products. Their owner and admins change them. */
export const productAccess = ({ accountId, role }: User, ownerId: string): Access =>
  writeIf(role === 'admin' || ownerId === accountId)

/**
 * A condition: an actor reads who owns a product `p`. Customers read it of their own products only, because an owner
 * may be another customer, or an admin, whose id is a sign-in name.
 */
export const seesOwner = ({ role, accountId }: User): Sql =>
  role === 'customer' ? sql`(p.owner_id = ${accountId})` : sql`true`
