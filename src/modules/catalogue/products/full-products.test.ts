import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrationFolder } from '../../../platform/db/migrate.ts'
import { createProduct, makeOverdue, orderProduct, statusOfOrder } from '../../../testing/support/catalogue.ts'
import { createWorld, type Person } from '../../../testing/support/people.ts'
import { bodyOf, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { expireOrderTask, expireOverdueOrders } from '../orders/expire-orders.service.ts'

// Which products can be ordered: lists read it from a count that each order keeps.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

const listed = async (reader: Person, query: string): Promise<string[]> =>
  bodyOf(await reader.get(`/products?${query}`)).products.map(({ product_id: id }: { product_id: string }) => id)

/** The products whose count is another than that of their orders. */
const wrongCounts = async (tenantId: number) => {
  const { rows } = await desk.owner.query(
    `select p.product_id, p.units_taken, n.taken from products p
     cross join lateral (
       select count(*)::integer as taken from orders o
       where o.tenant_id = p.tenant_id and o.product_number = p.product_number and o.status in ('reserved', 'complete')) n
     where p.tenant_id = $1 and p.units_taken <> n.taken`,
    [tenantId],
  )
  return rows
}

test('a product is available while a unit is free, whatever became of its orders', async () => {
  const { ada, tess, cleo, tenantId } = await createWorld(desk)
  const [kit, other] = [await createProduct(tess), await createProduct(tess, { units: 2 })]
  const expectAvailable = async (free: string[], taken: string[]): Promise<void> => {
    for (const query of ['', '&kind=loan', '&kind=one_off,loan', '&category=HARDWARE', '&q=projector']) {
      expect(await listed(cleo, `available=true${query}`), query).toEqual(free)
      expect(await listed(cleo, `available=false${query}`), query).toEqual(taken)
      if (query !== '') expect(await listed(cleo, query.slice(1)), query).toEqual([kit, other])
    }
    expect(await listed(tess, 'available=true&owner=me')).toEqual(free)
    expect(await listed(tess, 'available=false&owner=me&kind=loan&category=hardware')).toEqual(taken)
    expect(await listed(ada, 'owner=me')).toEqual([])
    expect(await listed(ada, 'available=true&kind=licence')).toEqual([])
    expect(await wrongCounts(tenantId)).toEqual([])
  }
  await expectAvailable([kit, other], [])
  const cancelled = await orderProduct(cleo, kit)
  await expectAvailable([other], [kit])
  expectSuccess(await cleo.delete(`/orders/${cancelled}`))
  await expectAvailable([kit, other], [])
  // Nobody has ended it yet, and the unit can be ordered all the same.
  const late = await orderProduct(cleo, kit)
  await makeOverdue(desk, tenantId)
  await expectAvailable([kit, other], [])
  await expireOrderTask(desk.app, { tenant_id: tenantId, order_id: late })
  await expectAvailable([kit, other], [])
  const lent = await orderProduct(cleo, kit)
  expectSuccess(await cleo.post(`/orders/${lent}/complete`))
  await expectAvailable([other], [kit])
  expectSuccess(await tess.put(`/products/${kit}`, { units: 2 }))
  await expectAvailable([kit, other], [])
  expectSuccess(await tess.put(`/products/${kit}`, { units: 1 }))
  expectSuccess(await tess.put(`/products/${other}`, { units: 0 }))
  await expectAvailable([], [kit, other])
  expectSuccess(await tess.post(`/orders/${lent}/return`))
  await expectAvailable([kit], [other])
  // Whoever takes the unit of an overdue reservation ends it in the same statement.
  await orderProduct(cleo, kit)
  await makeOverdue(desk, tenantId)
  await orderProduct(cleo, kit)
  await expectAvailable([], [kit, other])
})

test('lists of available products have pages, also of those that nobody has ended yet', async () => {
  const { tess, cleo, carl, tenantId } = await createWorld(desk)
  const ids: string[] = []
  for (let n = 0; n < 6; n += 1) ids.push(await createProduct(tess, { kind: n % 2 === 0 ? 'loan' : 'one_off' }))
  for (const id of [ids[1], ids[4]]) await orderProduct(cleo, String(id))
  await makeOverdue(desk, tenantId)
  await orderProduct(carl, String(ids[2]))
  const found: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { products, page } = bodyOf(await cleo.get(`/products?available=true&limit=2${more}`))
    found.push(...products.map(({ product_id: id }: { product_id: string }) => id))
    cursor = page.next_cursor
  }
  expect(found).toEqual(ids.filter((_, n) => n !== 2))
})

test('who ends a reservation waits for an order on its way, and neither waits for the other', async () => {
  const { tess, cleo, carl, tenantId } = await createWorld(desk)
  const product_id = await createProduct(tess, { kind: 'one_off' })
  const late = await orderProduct(cleo, product_id)
  await makeOverdue(desk, tenantId)
  const holder = await desk.owner.connect()
  await holder.query('begin')
  await holder.query(`select from counters where tenant_id = $1 and name = 'order' for update`, [tenantId])
  const ordering = carl.post('/orders', { product_id })
  await untilLockIsAwaited(desk)
  const expiring = expireOrderTask(desk.app, { tenant_id: tenantId, order_id: late })
  await untilLockIsAwaited(desk, 2)
  const cancelling = cleo.delete(`/orders/${late}`)
  await untilLockIsAwaited(desk, 3)
  // What ends many at once leaves it out.
  await desk.owner.query(
    `update orders set reserved_until = now() - interval '2 minutes' where tenant_id = $1 and order_id = $2`,
    [tenantId, late],
  )
  expect(await expireOverdueOrders(desk.app, 10)).toBe(0)
  await holder.query('commit')
  holder.release()
  const { order_id: next } = expectStatus(await ordering, 201).body
  await expiring
  expect((await cancelling).body.code).toBe('order_over')
  expect([await statusOfOrder(cleo, late), await statusOfOrder(carl, next)]).toEqual(['expired', 'reserved'])
  expect(await wrongCounts(tenantId)).toEqual([])
})

test('many orders, cancellations and expiries at once leave every count right', async () => {
  const world = await createWorld(desk)
  const { tess, tenantId } = world
  const people: Person[] = []
  for (let n = 0; n < 6; n += 1) people.push(await world.customer())
  const products = [await createProduct(tess, { units: 2 }), await createProduct(tess, { kind: 'one_off' })]
  for (let round = 0; round < 6; round += 1) {
    if (round % 2 === 1) await makeOverdue(desk, tenantId)
    const replies = await Promise.all(
      people.map(async (person, n) => {
        const reply = await person.post('/orders', { product_id: products[n % 2] })
        if (reply.status === 201 && n % 3 === 0)
          expectStatus(await person.delete(`/orders/${reply.body.order_id}`), 204)
        return reply.status
      }),
    )
    expect(replies.filter((status) => status !== 201 && status !== 409)).toEqual([])
    for (let n = 1; n <= 12; n += 1)
      await expireOrderTask(desk.app, { tenant_id: tenantId, order_id: `ORD${String(n).padStart(4, '0')}` })
    expect(await wrongCounts(tenantId)).toEqual([])
  }
})

test('the migration counts the orders that are there, and finds the same as before', async () => {
  const { tess, cleo, tenantId } = await createWorld(desk)
  const [full, half] = [await createProduct(tess), await createProduct(tess, { units: 2 })]
  await createProduct(tess, { units: 0 })
  await orderProduct(cleo, half)
  expectSuccess(await cleo.delete(`/orders/${await orderProduct(cleo, full)}`))
  expectSuccess(await cleo.post(`/orders/${await orderProduct(cleo, full)}/complete`))
  const products = async () => {
    const { rows } = await desk.owner.query(
      'select p.product_id, p.units_taken, p.is_full from products p where p.tenant_id = $1 order by p.product_number',
      [tenantId],
    )
    return rows
  }
  const before = await products()
  expect(before.map(({ units_taken, is_full }) => [units_taken, is_full])).toEqual([
    [1, true],
    [1, false],
    [0, true],
  ])
  const file = await readFile(join(migrationFolder, '20261127175900000_products__units_taken.sql'), 'utf8')
  const [up = '', down = ''] = file.split('-- Down Migration')
  await desk.owner.query(`begin; ${down}; ${up}; commit`)
  expect(await products()).toEqual(before)
})
