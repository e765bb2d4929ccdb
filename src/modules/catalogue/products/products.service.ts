import { requireRead, requireWrite } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { refuseReadOnly } from '../../../platform/unchanged.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { settingsOf } from '../../identity/tenants/tenant-settings.service.ts'
import { withHealedCounter } from '../../identity/tenants/tenants.service.ts'
import { listProducts } from './list-products.queries.ts'
import { mayCreateProducts, productAccess } from './products.policy.ts'
import {
  findProduct,
  insertProduct,
  listProductChangesSince,
  lockProduct,
  updateProductRow,
} from './products.queries.ts'
import {
  type ChosenProduct,
  type CreateProduct,
  chosenMembers,
  type LockedProduct,
  type Product,
  type ProductFilter,
  type UpdateProduct,
} from './products.schemas.ts'
import { productCounter } from './products.steps.ts'

/** Products are listed by their number. */
export const productOrder = 'product_number'

/** Whether an actor may create products. */
export const isProductCreator = async (app: App, actor: User): Promise<boolean> => {
  const { products_by: productsBy } = await settingsOf(app, actor.tenantId)
  return mayCreateProducts(actor, productsBy)
}

/**
 * Creates a product of the actor's own.
 * @throws AppError `forbidden` for a customer, unless the tenant's setting `products_by` says `everybody`.
 */
export const createProduct = async (app: App, act: Act<User>, wanted: CreateProduct): Promise<Product> => {
  const { tenantId } = act.actor
  if (!(await isProductCreator(app, act.actor))) {
    const detail = 'Only the staff creates products here. An admin can let everybody, with the setting products_by.'
    throw new AppError('forbidden', { detail })
  }
  const product = { ...wanted, units: wanted.units ?? 1 }
  return withHealedCounter(app, tenantId, productCounter, () =>
    transaction(app.pool, (tx) => insertProduct(tx, act, product), act.receipt),
  )
}

/** A page of the products that fit. @throws AppError `query_too_broad`. */
export const listAllProducts = async (
  app: App,
  actor: User,
  filter: ProductFilter,
  page: PageRequest<number>,
): Promise<PageOf<Product>> => {
  const reading = listProducts(app.pool, actor, filter, page, app.config.LIST_TIMEOUT_MS)
  const rows = await refuseTooBroad(reading, 'Add a category, or search for longer words.')
  return pageOf(rows, page, productOrder, ({ product_id: id }) => numberOf(id))
}

/** @throws AppError `product_not_found`. */
export const getProduct = async (db: Db, actor: User, productId: string): Promise<Product> =>
  requireRead(await findProduct(db, actor, productId), 'product_not_found')

/**
 * Locks a product until the transaction ends, so that nobody else orders or changes it.
 * @throws AppError `product_not_found`.
 */
export const getLockedProduct = async (tx: Tx, actor: User, productId: string): Promise<LockedProduct> =>
  requireRead(await lockProduct(tx, actor, productId), 'product_not_found')

/**
 * Refuses a change that is meant for another version, and names what changed since.
 * @throws AppError `stale_version`.
 */
const refuseStale = async (
  tx: Tx,
  actor: User,
  { product_id: id, version }: Product,
  stale: number,
  asked: UpdateProduct,
): Promise<never> => {
  const changed = await listProductChangesSince(tx, actor, id, stale)
  throw new AppError('stale_version', {
    detail: `The product is at version ${version}, not ${stale}. Read it again.`,
    extra: { current_version: version, changed, overlaps: changed.some(({ field }) => field in asked) },
    headers: { ETag: `"${version}"` },
  })
}

/** Refuses fewer units than orders have. @throws AppError `units_in_use`. */
const refuseFewerUnits = ({ units, units_free: free }: Product, wanted: number): void => {
  const taken = units - free
  if (wanted >= taken) return
  const detail = `${taken} ${taken === 1 ? 'unit is' : 'units are'} with orders, so the product cannot have ${wanted}.`
  throw new AppError('units_in_use', { detail })
}

/**
 * Changes a product. What is so already is no change. Orders that were made before stay as they are.
 * @throws AppError `product_not_found`; `forbidden` for all but the owner and admins; `stale_version`; `units_in_use`;
 * `validation_failed` when a member that cannot be changed is sent back changed.
 */
export const updateProduct = (
  app: App,
  act: Act<User>,
  productId: string,
  asked: { change: UpdateProduct; ifMatch: number | null; echoed: Record<string, unknown> },
): Promise<Product> => {
  const { actor } = act
  return transaction(
    app.pool,
    async (tx) => {
      const { owner, ...product } = await getLockedProduct(tx, actor, productId)
      requireWrite(
        product,
        () => productAccess(actor, owner),
        'product_not_found',
        `${productId} is not yours. An admin can change it.`,
      )
      if (asked.ifMatch !== null && asked.ifMatch !== product.version)
        await refuseStale(tx, actor, product, asked.ifMatch, asked.change)
      refuseReadOnly(asked.echoed, product)
      const after: ChosenProduct = { ...product, ...asked.change }
      const differing = chosenMembers.filter((name) => product[name] !== after[name])
      if (differing.length === 0) return product
      refuseFewerUnits(product, after.units)
      await updateProductRow(tx, act, product, after, differing)
      return getProduct(tx, actor, productId)
    },
    act.receipt,
  )
}
