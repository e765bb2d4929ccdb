import { createProduct } from '../support/catalogue.ts'
import type { Person } from '../support/people.ts'
import { expectSuccess } from '../support/requests.ts'

/** Products and orders of a tenant that is fuzzed, by the kinds of values that name them. */
export const stockCatalogue = async (
  admin: Person,
  canary: string,
  [owner, other]: [Person, Person],
): Promise<Record<'product_id' | 'order_id' | 'lent_order', string[]>> => {
  const offer = { title: `Kit ${canary}`, category: canary, units: 500 }
  const [cable, kit] = [
    await createProduct(admin, { ...offer, kind: 'one_off' }),
    await createProduct(admin, { ...offer, kind: 'loan' }),
  ]
  const order = async (product_id: string): Promise<string> => {
    const ordered = await admin.post('/orders', { product_id, customer_id: owner.id })
    // A customer has so many reservations at most.
    const { body } =
      ordered.status === 201 ? ordered : await admin.post('/orders', { product_id, customer_id: other.id })
    return body.order_id
  }
  const reserved: string[] = []
  const lent: string[] = []
  for (let at = 0; at < 4; at += 1) {
    reserved.push(await order(cable))
    const id = await order(kit)
    expectSuccess(await admin.post(`/orders/${id}/complete`))
    lent.push(id)
  }
  return { product_id: [kit, cable], order_id: reserved, lent_order: lent }
}
