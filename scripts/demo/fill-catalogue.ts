import { cancelOrder, completeOrder } from '../../src/modules/catalogue/orders/change-order.service.ts'
import { createOrder } from '../../src/modules/catalogue/orders/create-order.service.ts'
import { createProduct } from '../../src/modules/catalogue/products/products.service.ts'
import type { Act, User } from '../../src/modules/identity/accounts/actor.ts'
import type { App } from '../../src/platform/app-context.ts'

/** What can be ordered at the desk of the demo. */
const products = [
  { title: 'Projector with case', kind: 'loan', category: 'Hardware', price: 0, units: 3 },
  { title: 'Laptop for guests', kind: 'loan', category: 'Hardware', price: 0, units: 5 },
  { title: 'Drawing software, one year', kind: 'licence', category: 'Software', price: 23_900, units: 10 },
  { title: 'Docking station', kind: 'one_off', category: 'Hardware', price: 14_900, units: 8 },
  { title: 'Network cable, 5 m', kind: 'one_off', category: 'Network', price: 0, units: 40 },
] as const

/**
 * Fills the catalogue, at the time of today. A customer has two orders, one completed and one cancelled. They raise no
 * tickets, so nobody is told of them.
 */
export const fillCatalogue = async (app: App, admin: Act<User>, customer: Act<User>): Promise<void> => {
  const ids: string[] = []
  for (const product of products) {
    ids.push((await createProduct(app, admin, { ...product, currency: 'EUR' })).product_id)
  }
  const [docking = '', cable = ''] = ids.slice(3)
  const paid = await createOrder(app, customer, { product_id: docking })
  await completeOrder(app, admin, { orderId: paid.order_id, ifMatch: null }, 'pay_4711')
  const taken = await createOrder(app, customer, { product_id: cable })
  await cancelOrder(app, customer, { orderId: taken.order_id, ifMatch: null })
}
