import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProduct, makeOverdue } from '../../../testing/support/catalogue.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectSuccess } from '../../../testing/support/requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { expireOrderTask } from './expire-orders.service.ts'

// Many at once: each unit goes to one order, and each order ends in one way.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const buyers = 20
const rounds = 20

test('of 20 who want the last unit at once one gets it, 20 times, after a cancellation and after an overdue one', async () => {
  const world = await createWorld(desk)
  const { tess, tenantId } = world
  const people: Person[] = []
  for (let n = 0; n < buyers; n += 1) people.push(await world.customer())
  const product_id = await createProduct(tess)
  for (let round = 0; round < rounds; round += 1) {
    const replies = await Promise.all(people.map((person) => person.post('/orders', { product_id })))
    const won = replies.filter(({ status }) => status === 201)
    expect(won, `round ${round}`).toHaveLength(1)
    const lost = replies.filter(({ status }) => status !== 201)
    expect(lost.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
      Array(buyers - 1).fill('409 product_taken'),
    )
    if (round % 2 === 0) expectSuccess(await tess.delete(`/orders/${won[0]?.body.order_id}`))
    else await makeOverdue(desk, tenantId)
  }
  const { rows } = await desk.owner.query(
    `select o.order_number::int as number, o.status from orders o where o.tenant_id = $1 order by o.order_number`,
    [tenantId],
  )
  // Who got nothing has left no gap in the numbers, and no ticket.
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: rounds }, (_, n) => n + 1))
  expect(rows.map(({ status }) => status)).toEqual([
    ...Array.from({ length: rounds - 1 }, (_, n) => (n % 2 === 0 ? 'cancelled' : 'expired')),
    'reserved',
  ])
  expect((await recordedEvents(desk, world, 'ticket.created')).length).toBe(rounds)
  expect((await recordedEvents(desk, world, 'order.expired')).length).toBe(rounds / 2 - 1)
}, 60_000)

test('of 20 who want one of five units at once five get one each, of different units', async () => {
  const world = await createWorld(desk)
  const people: Person[] = []
  for (let n = 0; n < buyers; n += 1) people.push(await world.customer())
  const product_id = await createProduct(world.tess, { units: 5, kind: 'one_off' })
  const replies = await Promise.all(people.map((person) => person.post('/orders', { product_id })))
  const units = replies.flatMap(({ status, body }) => (status === 201 ? [body.unit] : []))
  expect(units.sort()).toEqual([1, 2, 3, 4, 5])
})

test('complete against expire, 200 times: each order ends in exactly one way, with one event', async () => {
  const world = await createWorld(desk)
  const { tess, cleo, tenantId } = world
  const product_id = await createProduct(tess, { kind: 'one_off', units: 200 })
  for (let race = 0; race < 200; race += 1) {
    const { order_id } = bodyOf(await tess.post('/orders', { product_id, customer_id: cleo.id }))
    // The time ends while the two are on their way.
    await desk.owner.query(
      `update orders set reserved_until = clock_timestamp() + make_interval(secs => $3)
       where tenant_id = $1 and order_id = $2`,
      [tenantId, order_id, (race % 8) / 1_000],
    )
    const expire = async (): Promise<void> => {
      for (let n = 0; n < 8; n += 1) await expireOrderTask(desk.app, { tenant_id: tenantId, order_id })
    }
    const [completed] = await Promise.all([tess.post(`/orders/${order_id}/complete`), expire()])
    await makeOverdue(desk, tenantId)
    await expireOrderTask(desk.app, { tenant_id: tenantId, order_id })
    const { status, version } = bodyOf(await tess.get(`/orders/${order_id}`))
    expect([completed.status, status, version]).toEqual(
      completed.status === 200 ? [200, 'complete', 2] : [422, 'expired', 2],
    )
  }
  const ends = (await recordedEvents(desk, world, 'order.%')).filter(({ type }) => type !== 'order.created')
  expect(ends).toHaveLength(200)
  expect(new Set(ends.map(({ subject_id }) => subject_id)).size).toBe(200)
  // Both ways have happened, else nothing was raced.
  expect(new Set(ends.map(({ type }) => type)).size).toBe(2)
}, 60_000)

test('cancel against complete: one of the two', async () => {
  const world = await createWorld(desk)
  const { tess, cleo } = world
  const product_id = await createProduct(tess, { kind: 'one_off', units: 30 })
  for (let race = 0; race < 30; race += 1) {
    const { order_id } = bodyOf(await cleo.post('/orders', { product_id }))
    const path = `/orders/${order_id}`
    const [completed, cancelled] = await Promise.all([cleo.post(`${path}/complete`), cleo.delete(path)])
    expect([completed.status, cancelled.status].sort()).toEqual(completed.status === 200 ? [200, 422] : [204, 422])
  }
  expect(await recordedEvents(desk, world, 'order.c%ed')).toHaveLength(60)
})

test('units that an order on its way takes are not taken away', async () => {
  const { tess, cleo, carl, tenantId } = await createWorld(desk)
  const product_id = await createProduct(tess, { units: 2, kind: 'one_off' })
  expectSuccess(await cleo.post('/orders', { product_id }))
  const holder = await desk.owner.connect()
  await holder.query('begin')
  await holder.query(`select from counters where tenant_id = $1 and name = 'order' for update`, [tenantId])
  const ordering = carl.post('/orders', { product_id })
  await untilLockIsAwaited(desk)
  const changing = tess.patch(`/products/${product_id}`, { units: 1 }, { headers: { 'If-Match': '"1"' } })
  await untilLockIsAwaited(desk, 2)
  await holder.query('commit')
  holder.release()
  expectSuccess(await ordering)
  await expectRefusal(changing, 422, 'units_in_use')
})

test('a customer cannot take every unit of a loan that costs nothing', async () => {
  const { tess, cleo, carl } = await createWorld(desk)
  const product_id = await createProduct(tess, { units: 30 })
  const orders: string[] = []
  for (let n = 0; n < 20; n += 1) {
    const { order_id } = expectSuccess(await cleo.post('/orders', { product_id })).body
    expectSuccess(await cleo.post(`/orders/${order_id}/complete`))
    orders.push(order_id)
  }
  await expectRefusal(cleo.post('/orders', { product_id }), 422, 'too_many_reservations')
  expectSuccess(await carl.post('/orders', { product_id }))
  expectSuccess(await tess.post(`/orders/${orders[0]}/return`))
  expectSuccess(await cleo.post('/orders', { product_id }))
}, 60_000)

test('a customer who orders several products at once holds no more than 20 units', async () => {
  const { tess, cleo, carl, tenantId } = await createWorld(desk)
  const many = await createProduct(tess, { units: 30, kind: 'one_off' })
  const others: string[] = []
  for (let n = 0; n < 4; n += 1) others.push(await createProduct(tess))
  for (let n = 0; n < 18; n += 1) expectSuccess(await cleo.post('/orders', { product_id: many }))
  const holder = await desk.owner.connect()
  await holder.query('begin')
  await holder.query(`select from counters where tenant_id = $1 and name = 'order' for update`, [tenantId])
  // Each of them has locked its own product, and has counted 18.
  const ordering = others.map((product_id) => cleo.post('/orders', { product_id }))
  await untilLockIsAwaited(desk, others.length)
  await holder.query('commit')
  holder.release()
  const replies = await Promise.all(ordering)
  expect(replies.map(({ status, body }) => body.code ?? status).sort()).toEqual([
    201,
    201,
    'too_many_reservations',
    'too_many_reservations',
  ])
  // Who was refused has raised no ticket.
  expect(bodyOf(await cleo.get('/tickets')).tickets).toHaveLength(2)
  const left = others.filter((_, n) => replies[n]?.status !== 201)
  expectSuccess(await carl.post('/orders', { product_id: left[0] }))
})
