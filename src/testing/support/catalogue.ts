import type { Api } from './requests.ts'
import { bodyOf, expectStatus } from './requests.ts'
import type { Desk } from './workspace.ts'

/** A product that everybody can order: one unit, lent for nothing. */
export const projector = { title: 'Projector', price: 0, currency: 'EUR', kind: 'loan', category: 'Hardware' }

/** Creates a product, and answers with its id. */
export const createProduct = async (owner: Api, more: object = {}): Promise<string> =>
  expectStatus(await owner.post('/products', { ...projector, ...more }), 201).body.product_id

/** Orders a product for the customer who asks, and answers with the id of the order. */
export const orderProduct = async (customer: Api, productId: string): Promise<string> =>
  expectStatus(await customer.post('/orders', { product_id: productId }), 201).body.order_id

/** What became of an order. */
export const statusOfOrder = async (reader: Api, orderId: string): Promise<string> =>
  bodyOf(await reader.get(`/orders/${orderId}`)).status

/** Lets the time of reservations be over since some seconds. `of`: one order; left out: all of the tenant. */
export const makeOverdue = async (desk: Desk, tenantId: number, of?: string): Promise<void> => {
  await desk.owner.query(
    `update orders set reserved_until = now() - interval '2 seconds'
     where tenant_id = $1 and status = 'reserved' and ($2::text is null or order_id = $2)`,
    [tenantId, of ?? null],
  )
}
