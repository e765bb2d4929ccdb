import { createProduct, orderProduct, projector } from './catalogue.ts'
import type { Person, World } from './people.ts'
import { expectSuccess } from './requests.ts'

/** A valid request: the value for the name in the path, the body, and more headers. */
interface Valid {
  id?: string
  body?: unknown
  headers?: Record<string, string>
}

const customers = ['its customer', 'other customer', 'deactivated']
/** Who is refused. They ask about one order, because a customer has few reservations. */
const refused = ['nobody', 'other customer', 'deactivated', 'other tenant']

/** Builds the requests about the catalogue that are asked of every caller. The orders are those of a customer. */
export const catalogueRequests = (
  clerk: Person,
  customer: Person,
): Record<string, (who: string) => Valid | Promise<Valid>> => {
  const product = (kind = 'one_off'): Promise<string> => createProduct(clerk, { kind })
  const order = async (kind = 'one_off'): Promise<{ id: string }> => {
    const body = { product_id: await product(kind), customer_id: customer.id }
    return { id: expectSuccess(await clerk.post('/orders', body)).body.order_id }
  }
  let kept: Promise<{ id: string }> | null = null
  const theOrder = (): Promise<{ id: string }> => {
    kept ??= order()
    return kept
  }
  const spare = (who: string): Promise<{ id: string }> => (refused.includes(who) ? theOrder() : order())
  const change = async (): Promise<Valid> => ({
    id: await product(),
    body: { title: 'Projector with case' },
    headers: { 'If-Match': '"1"' },
  })
  return {
    'GET /products': () => ({}),
    'POST /products': () => ({ body: projector }),
    'GET /products/:productId': async () => ({ id: await product() }),
    'PUT /products/:productId': change,
    'PATCH /products/:productId': change,
    'GET /orders': () => ({}),
    'POST /orders': async (who) => ({
      body: { product_id: await product(), ...(customers.includes(who) ? {} : { customer_id: customer.id }) },
    }),
    'GET /orders/:orderId': theOrder,
    'DELETE /orders/:orderId': spare,
    'POST /orders/:orderId/complete': spare,
    'POST /orders/:orderId/return': async (who) => {
      if (refused.includes(who)) return theOrder()
      const { id } = await order('loan')
      expectSuccess(await clerk.post(`/orders/${id}/complete`))
      return { id }
    },
  }
}

/** A request that does something, for every POST endpoint of the catalogue, by its path. */
export const keyedCatalogueRequests = (world: World) => ({
  '/products': async () => ({ as: world.ada, path: '/products', body: projector }),
  '/orders': async () => {
    const product_id = await createProduct(world.ada, { units: 5 })
    return { as: world.cleo, path: '/orders', body: { product_id }, other: { product_id: 'PRD9999' } }
  },
  '/orders/:orderId/complete': async () => {
    const id = await orderProduct(world.cleo, await createProduct(world.ada))
    return {
      as: world.ada,
      path: `/orders/${id}/complete`,
      body: { reference: 'pay_1' },
      other: { reference: 'pay_2' },
    }
  },
  '/orders/:orderId/return': async () => {
    const id = await orderProduct(world.cleo, await createProduct(world.ada))
    await world.ada.post(`/orders/${id}/complete`)
    return { as: world.ada, path: `/orders/${id}/return` }
  },
})
