import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { createProduct, makeOverdue, orderProduct } from '../../../testing/support/catalogue.ts'
import { assignTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { bodyOf, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { expireOrderTask } from '../../catalogue/orders/expire-orders.service.ts'
import type { FeedEvent } from './feed.schemas.ts'

// Who is told of products and orders: those who may read them.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

const eventsOf = async (person: Person, more = 'types=product.*,order.*'): Promise<FeedEvent[]> => {
  await desk.settled()
  return bodyOf(await person.get(`/events?${more}`)).events
}
const facts = (events: FeedEvent[]): string[] => events.map(({ type, subject_id }) => `${type} ${subject_id}`)

test('the staff gets all events of the catalogue, customers those of products and of their own orders', async () => {
  const { ada, tess, tom, cleo, carl, tenantId } = await createWorld(desk)
  const product = await createProduct(ada, { units: 3 })
  const [mine, other] = [await orderProduct(cleo, product), await orderProduct(carl, product)]
  expectSuccess(await ada.put(`/products/${product}`, { price: 500 }))
  await assignTicket(ada, 'TKT0001', tess)
  expectSuccess(await cleo.delete(`/orders/${mine}`))
  await makeOverdue(desk, tenantId, other)
  await expireOrderTask(desk.app, { tenant_id: tenantId, order_id: other })

  const ofProduct = [`product.created ${product}`, `product.updated ${product}`]
  const all = [
    ofProduct[0],
    `order.created ${mine}`,
    `order.created ${other}`,
    ofProduct[1],
    `order.cancelled ${mine}`,
    `order.expired ${other}`,
  ]
  for (const person of [ada, tess, tom]) expect(facts(await eventsOf(person)), person.id).toEqual(all)
  const ofCleo = await eventsOf(cleo)
  expect(facts(ofCleo)).toEqual(all.filter((fact) => !fact?.endsWith(other)))
  expect(facts(await eventsOf(carl))).toEqual(all.filter((fact) => !fact?.endsWith(mine)))
  expect(facts(await eventsOf(cleo, `subject=${product.toLowerCase()}`))).toEqual(ofProduct)
  expect(await eventsOf(cleo, `subject=${other}`)).toEqual([])

  // Customers get the whole state with its version, and not the sign-in name of the admin who made it.
  const [created, ordered, updated] = ofCleo
  expect(created).toMatchObject({ actor: { id: null, name: '' }, subject_version: 1, position: null })
  expect(updated).toMatchObject({
    subject_version: 2,
    changes: { price: { from: 0, to: 500 } },
    details: { title: 'Projector', price: 500, currency: 'EUR', kind: 'loan', category: 'Hardware', units: 3 },
  })
  expect(ordered).toMatchObject({ actor: { id: cleo.id }, details: { product_id: product, ticket_id: 'TKT0001' } })
  // Tom does not see the ticket of the order, which Tess has.
  const orderAs = async (person: Person) => (await eventsOf(person)).find(({ subject_id: id }) => id === mine)
  expect((await orderAs(tess))?.details).toMatchObject({ customer_id: cleo.id, ticket_id: 'TKT0001' })
  expect((await orderAs(tom))?.details).not.toHaveProperty('ticket_id')
})

test('no event of the catalogue reaches another tenant', async () => {
  const [world, other] = [await createWorld(desk), await createWorld(desk)]
  await orderProduct(world.cleo, await createProduct(world.tess))
  for (const person of [other.ada, other.tess, other.cleo]) expect(await eventsOf(person)).toEqual([])
})

test('the webhook of a technician is told of products and orders, without tickets that they do not see', async () => {
  const { ada, tess, tom, cleo } = await createWorld(desk)
  const receiver = await startWebhookReceiver()
  const wanted = { url: receiver.url, types: ['product.*', 'order.*'] }
  const { webhook_id: id } = expectStatus(await tom.post('/webhooks', wanted), 201).body
  const product = await createProduct(ada)
  const order = await orderProduct(cleo, product)
  await assignTicket(ada, 'TKT0001', tess)
  expectSuccess(await tess.post(`/orders/${order}/complete`, { reference: 'pay_1' }))
  await desk.settled()
  await until('nothing waits', async () => bodyOf(await ada.get(`/webhooks/${id}`)).waiting === 0)
  const told = receiver.received.map(({ body }) => body)
  expect(told.map(({ type, data }) => `${type} ${data.subject_id} ${data.subject_version}`).sort()).toEqual([
    `order.completed ${order} 2`,
    `order.created ${order} 1`,
    `product.created ${product} 1`,
  ])
  const completed = told.find(({ type }) => type === 'order.completed')
  expect(completed?.data).toMatchObject({ details: { reference: 'pay_1', price: 0 }, ticket: null })
  expect(completed?.data.details).not.toHaveProperty('ticket_id')
})
