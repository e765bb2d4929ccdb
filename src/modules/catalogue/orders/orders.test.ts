import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createProduct,
  makeOverdue,
  orderProduct,
  projector,
  statusOfOrder,
} from '../../../testing/support/catalogue.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { expireOrderTask, expireOverdueOrders } from './expire-orders.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

test('an order holds a unit for a while, raises a ticket, and is completed and returned, each with an event', async () => {
  const world = await createWorld(desk)
  const { tess, cleo } = world
  const id = await createProduct(tess)
  const reply = expectStatus(await cleo.post('/orders', { product_id: id }), 201)
  expect(reply.headers.get('location')).toBe('/api/orders/ORD0001')
  const order = reply.body
  expect(order).toEqual({
    order_id: 'ORD0001',
    product_id: id,
    ...projector,
    unit: 1,
    status: 'reserved',
    reserved_until: expect.any(String),
    reference: null,
    customer_id: cleo.id,
    customer_name: 'Cleo Customer',
    ticket_id: 'TKT0001',
    version: 1,
    created_at: expect.any(String),
    updated_at: expect.any(String),
  })
  const held = Date.parse(order.reserved_until) - Date.parse(order.created_at)
  expect(Math.round(held / 60_000)).toBe(15)
  expect(bodyOf(await cleo.get('/tickets/TKT0001'))).toMatchObject({
    subject: 'Projector',
    issue_category: 'Hardware',
    issue_description: `ORD0001 · ${id} · Projector`,
    status: 'new',
    customer_id: cleo.id,
  })
  expect(bodyOf(await cleo.get(`/products/${id}`)).units_free).toBe(0)
  expect(bodyOf(await cleo.post('/orders/ORD0001/complete'))).toEqual({
    ...order,
    status: 'complete',
    version: 2,
    updated_at: expect.any(String),
  })
  await expectRefusal(cleo.post('/orders/ORD0001/return'), 403, 'forbidden')
  expect(bodyOf(await tess.post('/orders/ORD0001/return'))).toMatchObject({ status: 'returned', version: 3 })
  expect(bodyOf(await cleo.get(`/products/${id}`)).units_free).toBe(1)
  const told = {
    ...projector,
    product_id: id,
    unit: 1,
    customer_id: cleo.id,
    reserved_until: order.reserved_until,
    ticket_id: 'TKT0001',
  }
  expect(await recordedEvents(desk, world, 'order.%')).toEqual(
    ['created', 'completed', 'returned'].map((what, n) => ({
      type: `order.${what}`,
      subject_id: 'ORD0001',
      subject_version: n + 1,
      actor_id: n === 2 ? tess.id : cleo.id,
      changes: {},
      details: told,
    })),
  )
})

test('what has a price is completed by the staff, with the reference of the payment', async () => {
  const { tess, cleo } = await createWorld(desk)
  const id = await createProduct(tess, { price: 4_900, kind: 'licence' })
  const path = `/orders/${await orderProduct(cleo, id)}`
  await expectRefusal(cleo.post(`${path}/complete`), 403, 'forbidden')
  const body = { reference: 'pay_4711' }
  expect(bodyOf(await tess.post(`${path}/complete`, body))).toMatchObject({ status: 'complete', ...body })
  // The same again is no change; another payment is.
  expect(bodyOf(await tess.post(`${path}/complete`, body))).toMatchObject({ version: 2 })
  await expectRefusal(tess.post(`${path}/complete`, { reference: 'pay_2' }), 422, 'order_over')
  await expectRefusal(cleo.delete(path), 422, 'order_over')
  await expectRefusal(tess.post(`${path}/return`), 422, 'order_not_lent')
  // The price and the title are as they were.
  expectSuccess(await tess.put(`/products/${id}`, { price: 1, title: 'Other' }))
  expect(bodyOf(await cleo.get(path))).toMatchObject({ price: 4_900, title: 'Projector' })
})

test('cancelling frees the unit and is told on the ticket; a one-off has no ticket', async () => {
  const world = await createWorld(desk)
  const { tess, cleo } = world
  const id = await createProduct(tess)
  const path = `/orders/${await orderProduct(cleo, id)}`
  await expectRefusal(cleo.post('/orders', { product_id: id }), 409, 'product_taken')
  expectStatus(await cleo.delete(path), 204)
  expectStatus(await cleo.delete(path), 204)
  expect(bodyOf(await cleo.get(path))).toMatchObject({ status: 'cancelled', version: 2 })
  await expectRefusal(cleo.post(`${path}/complete`), 422, 'order_over')
  const events = await recordedEvents(desk, world, 'ticket.order%')
  expect(events).toEqual([
    {
      type: 'ticket.order_cancelled',
      subject_id: 'TKT0001',
      subject_version: null,
      actor_id: null,
      changes: {},
      details: { order_id: 'ORD0001', product_id: id, title: 'Projector' },
    },
  ])
  const oneOff = await createProduct(tess, { kind: 'one_off' })
  expect(bodyOf(await cleo.post('/orders', { product_id: oneOff })).ticket_id).toBeNull()
  expect(bodyOf(await cleo.get('/tickets')).tickets).toHaveLength(1)
})

test('the end of an order whose ticket was merged is told where the conversation goes on', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo } = world
  const order = await orderProduct(cleo, await createProduct(tess))
  expectSuccess(await ada.post('/tickets/TKT0001/merge', { into: await createTicket(cleo) }))
  expectStatus(await cleo.delete(`/orders/${order}`), 204)
  const [event] = await recordedEvents(desk, world, 'ticket.order%')
  expect(event).toMatchObject({ subject_id: 'TKT0001', details: { order_id: order, merged_into: 'TKT0002' } })
})

test('customers see and change their own orders only; another order is 404', async () => {
  const [world, other] = [await createWorld(desk), await createWorld(desk)]
  const { ada, tess, cleo, carl } = world
  const id = await createProduct(tess, { units: 5 })
  const mine = await orderProduct(cleo, id)
  const path = `/orders/${mine}`
  const ids = async (person: typeof cleo, query = ''): Promise<string[]> =>
    bodyOf(await person.get(`/orders${query}`)).orders.map(({ order_id }: { order_id: string }) => order_id)
  for (const stranger of [carl, other.ada, other.cleo]) {
    await expectRefusal(stranger.get(path), 404, 'order_not_found')
    await expectRefusal(stranger.post(`${path}/complete`), 404, 'order_not_found')
    await expectRefusal(stranger.delete(path), 404, 'order_not_found')
    expect(await ids(stranger)).toEqual([])
    expect(await ids(stranger, `?customer_id=${cleo.id}`)).toEqual([])
  }
  await expectRefusal(other.tess.post(`${path}/return`), 404, 'order_not_found')
  expect(await statusOfOrder(cleo, mine)).toBe('reserved')
  await expectRefusal(carl.post('/orders', { product_id: id, customer_id: cleo.id }), 422, 'customer_unavailable')
  await expectRefusal(tess.post('/orders', { product_id: id }), 400, 'validation_failed')
  await expectRefusal(tess.post('/orders', { product_id: id, customer_id: 'CUS0099' }), 422, 'customer_unavailable')
  const forCarl = bodyOf(await tess.post('/orders', { product_id: id, customer_id: carl.id }))
  expect(forCarl).toMatchObject({ customer_id: carl.id, ticket_id: 'TKT0002' })
  expect(await ids(carl)).toEqual([forCarl.order_id])
  expect(await ids(ada)).toEqual([forCarl.order_id, mine])
  expect(await ids(tess, `?customer_id=${cleo.id}`)).toEqual([mine])
  expect(await ids(tess, '?status=complete,cancelled')).toEqual([])
  expect(await ids(tess, `?product_id=${id}&status=reserved&limit=1`)).toEqual([forCarl.order_id])
  expect(await ids(ada, '?ticket_id=TKT0001')).toEqual([mine])
  // Tom does not see the ticket, so the order does not name it.
  expect(bodyOf(await world.tom.get(path)).ticket_id).toBeNull()
  expect(await ids(world.tom, '?ticket_id=TKT0001')).toEqual([])
})

test('a reservation ends by itself, told by the program; early, late and twice do no harm', async () => {
  const world = await createWorld(desk)
  const { tess, cleo, tenantId } = world
  const id = await createProduct(tess)
  const order = await orderProduct(cleo, id)
  const job = { tenant_id: tenantId, order_id: order }
  const waiting = async () => {
    const { rows } = await desk.owner.query(
      `select j.run_at = o.reserved_until as is_exact from graphile_worker._private_jobs j
       join orders o on j.key = 'expire_order ' || o.tenant_id || ' ' || o.order_id
       where o.tenant_id = $1 and o.order_id = $2`,
      [tenantId, order],
    )
    return rows
  }
  expect(await waiting()).toEqual([{ is_exact: true }])
  await expireOrderTask(desk.app, job)
  expect(await statusOfOrder(cleo, order)).toBe('reserved')
  expect(await waiting()).toEqual([{ is_exact: true }])
  await makeOverdue(desk, tenantId)
  await expectRefusal(cleo.post(`/orders/${order}/complete`), 422, 'order_over')
  await Promise.all([1, 2, 3, 4].map(() => expireOrderTask(desk.app, job)))
  await expireOrderTask(desk.app, job)
  expect(bodyOf(await cleo.get(`/orders/${order}`))).toMatchObject({ status: 'expired', version: 2 })
  const events = await recordedEvents(desk, world, '%expired')
  expect(events.map(({ type, subject_id, actor_id }) => [type, subject_id, actor_id]).sort()).toEqual([
    ['order.expired', order, null],
    ['ticket.order_expired', 'TKT0001', null],
  ])
})

test('without a worker an overdue reservation stands in nobody’s way', async () => {
  const world = await createWorld(desk)
  const { tess, cleo, carl, tenantId } = world
  const id = await createProduct(tess)
  const order = await orderProduct(cleo, id)
  await expectRefusal(carl.post('/orders', { product_id: id }), 409, 'product_taken')
  await makeOverdue(desk, tenantId)
  expect(bodyOf(await carl.get(`/products/${id}`)).units_free).toBe(1)
  const next = await orderProduct(carl, id)
  expect([await statusOfOrder(cleo, order), await statusOfOrder(carl, next)]).toEqual(['expired', 'reserved'])
  // The job comes late.
  await expireOrderTask(desk.app, { tenant_id: tenantId, order_id: order })
  expect(await recordedEvents(desk, world, 'order.expired')).toHaveLength(1)
  expect(await recordedEvents(desk, world, 'ticket.order_expired')).toHaveLength(1)
  // A job that was lost is made up for.
  await desk.owner.query(
    `update orders set reserved_until = now() - interval '2 minutes' where tenant_id = $1 and order_id = $2`,
    [tenantId, next],
  )
  expect(await expireOverdueOrders(desk.app, 10)).toBe(1)
  expect(await statusOfOrder(carl, next)).toBe('expired')
  expect(await expireOverdueOrders(desk.app, 10)).toBe(0)
})

test('a customer reserves a bounded number of units at once', async () => {
  const { tess, cleo } = await createWorld(desk)
  const id = await createProduct(tess, { units: 30, kind: 'one_off' })
  for (let n = 0; n < 20; n += 1) await orderProduct(cleo, id)
  await expectRefusal(cleo.post('/orders', { product_id: id }), 422, 'too_many_reservations')
  expectSuccess(await cleo.post('/orders/ORD0001/complete'))
  await orderProduct(cleo, id)
})

test('hostile filters of orders are refused', async () => {
  const { cleo } = await createWorld(desk)
  for (const value of ["' or 1=1 --", '%', '\\', '(((', '{{7*7}}', 'TKT0', '0']) {
    for (const member of ['status', 'product_id', 'customer_id', 'ticket_id', 'limit'])
      await expectRefusal(cleo.get(`/orders?${member}=${encodeURIComponent(value)}`), 400, 'validation_failed')
    await expectRefusal(cleo.get(`/orders?cursor=${encodeURIComponent(value)}`), 400, 'invalid_cursor')
    await expectRefusal(cleo.get(`/orders/${encodeURIComponent(value)}`), 404, 'route_not_found')
  }
})
