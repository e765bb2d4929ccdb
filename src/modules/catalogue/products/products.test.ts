import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProduct, orderProduct, projector } from '../../../testing/support/catalogue.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess, versionIn } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

test('the staff creates products, and everybody reads them; their owner is not told to customers', async () => {
  const world = await createWorld(desk)
  const { ada, tess, cleo, nobody } = world
  const reply = expectStatus(await tess.post('/products', { ...projector, currency: 'eur', units: 2 }), 201)
  expect(reply.headers.get('location')).toBe('/api/products/PRD0001')
  expect(versionIn(reply)).toBe(1)
  expect(reply.body).toEqual({
    product_id: 'PRD0001',
    ...projector,
    units: 2,
    units_free: 2,
    owner_id: tess.id,
    owner_name: 'Tess Technician',
    version: 1,
    created_at: expect.any(String),
    updated_at: expect.any(String),
  })
  expect(bodyOf(await ada.get('/products/prd1'))).toEqual(reply.body)
  expect(bodyOf(await cleo.get('/products/PRD0001'))).toEqual({ ...reply.body, owner_id: null, owner_name: null })
  await expectRefusal(nobody.get('/products'), 401, 'not_signed_in')
  await expectRefusal(cleo.get('/products/PRD0002'), 404, 'product_not_found')
  const [event, ...more] = await recordedEvents(desk, world, 'product.%')
  expect(more).toEqual([])
  expect(event).toEqual({
    type: 'product.created',
    subject_id: 'PRD0001',
    subject_version: 1,
    actor_id: tess.id,
    changes: {},
    details: { ...projector, units: 2 },
  })
})

test('customers create products only where the tenant says so, and then own them', async () => {
  const { ada, tess, cleo, carl } = await createWorld(desk)
  const mayCreate = async (person: typeof cleo): Promise<boolean> => bodyOf(await person.get('/products')).may_create
  expect([await mayCreate(tess), await mayCreate(cleo)]).toEqual([true, false])
  await expectRefusal(cleo.post('/products', projector), 403, 'forbidden')
  expectSuccess(await ada.patch('/settings', { products_by: 'everybody' }))
  expect(await mayCreate(cleo)).toBe(true)
  const product = bodyOf(await cleo.post('/products', projector))
  expect(product).toMatchObject({ owner_id: cleo.id, units: 1 })
  const path = `/products/${product.product_id}`
  expect(bodyOf(await carl.get(path))).toMatchObject({ owner_id: null, owner_name: null })
  await expectRefusal(carl.put(path, { price: 1 }), 403, 'forbidden')
  await expectRefusal(tess.put(path, { price: 1 }), 403, 'forbidden')
  expect(bodyOf(await cleo.put(path, { price: 1 }))).toMatchObject({ price: 1, version: 2 })
  expect(bodyOf(await ada.put(path, { price: 2 }))).toMatchObject({ price: 2, version: 3 })
  expectSuccess(await ada.patch('/settings', { products_by: 'staff' }))
  await expectRefusal(cleo.post('/products', projector), 403, 'forbidden')
  // What is theirs stays theirs.
  expect(bodyOf(await cleo.put(path, { price: 3 }))).toMatchObject({ price: 3, version: 4 })
})

test('customers create as many products in a day as tickets', async () => {
  const strict = await startDesk({ withWorker: false, settings: { QUOTA_CUSTOMER_TICKETS_PER_DAY: '2' } })
  try {
    const { ada, cleo } = await createWorld(strict)
    expectSuccess(await ada.patch('/settings', { products_by: 'everybody' }))
    for (let n = 0; n < 2; n += 1) await createProduct(cleo)
    await expectRefusal(cleo.post('/products', projector), 429, 'quota_exceeded')
    for (let n = 0; n < 3; n += 1) await createProduct(ada)
  } finally {
    await strict.stop()
  }
})

test('a change says which version it is for, and tells what differs', async () => {
  const world = await createWorld(desk)
  const { tess } = world
  const path = `/products/${await createProduct(tess)}`
  await expectRefusal(tess.patch(path, { price: 5 }), 428, 'version_required')
  const change = (body: object, version: number) => tess.patch(path, body, { headers: { 'If-Match': `"${version}"` } })
  const after = bodyOf(await change({ price: 4_900, title: 'Projector with case' }, 1))
  expect(after).toMatchObject({ price: 4_900, title: 'Projector with case', version: 2 })
  const refused = await expectRefusal(change({ price: 1 }, 1), 412, 'stale_version')
  expect(refused.body).toMatchObject({
    current_version: 2,
    changed: [
      { field: 'price', by: tess.id, version: 2 },
      { field: 'title', by: tess.id, version: 2 },
    ],
    overlaps: true,
  })
  const other = await expectRefusal(change({ units: 2 }, 1), 412, 'stale_version')
  expect(other.body.overlaps).toBe(false)
  // The same again, and the whole product sent back, change nothing.
  expect(bodyOf(await change({ price: 4_900 }, 2))).toEqual(after)
  expect(bodyOf(await tess.put(path, after))).toEqual(after)
  await expectRefusal(tess.put(path, { ...after, owner_id: 'ada' }), 400, 'validation_failed')
  const events = await recordedEvents(desk, world, 'product.updated')
  expect(events.map(({ subject_version, changes, details }) => ({ subject_version, changes, details }))).toEqual([
    {
      subject_version: 2,
      changes: { price: { from: 0, to: 4_900 }, title: { from: 'Projector', to: 'Projector with case' } },
      details: { ...projector, price: 4_900, title: 'Projector with case', units: 1 },
    },
  ])
})

test('the number of units grows and shrinks, and never below what orders have', async () => {
  const { tess, cleo, carl } = await createWorld(desk)
  const id = await createProduct(tess, { units: 3 })
  const [first, second] = [await orderProduct(cleo, id), await orderProduct(carl, id)]
  expectSuccess(await cleo.delete(`/orders/${first}`))
  // Unit 2 is with Carl, so 1 and 3 go.
  expect(bodyOf(await tess.put(`/products/${id}`, { units: 1 }))).toMatchObject({ units: 1, units_free: 0 })
  await expectRefusal(cleo.post('/orders', { product_id: id }), 409, 'product_taken')
  await expectRefusal(tess.put(`/products/${id}`, { units: 0 }), 422, 'units_in_use')
  expectSuccess(await carl.delete(`/orders/${second}`))
  expect(bodyOf(await tess.put(`/products/${id}`, { units: 0 }))).toMatchObject({ units: 0, units_free: 0 })
  await expectRefusal(cleo.post('/orders', { product_id: id }), 409, 'product_taken')
  expect(bodyOf(await tess.put(`/products/${id}`, { units: 1_000 }))).toMatchObject({ units: 1_000, units_free: 1_000 })
  const { rows } = await desk.owner.query(
    'select count(*)::int as all, max(unit_number) as highest from product_units where product_number = $1 and not is_retired and tenant_id = (select tenant_id from accounts where account_id = $2 and email = $3)',
    [Number(id.slice(3)), cleo.id, cleo.email],
  )
  expect(rows).toEqual([{ all: 1_000, highest: 1_000 }])
  expect(bodyOf(await cleo.post('/orders', { product_id: id })).unit).toBe(1)
})

test('products are found by words, kind, category, what is free, and by their owner', async () => {
  const { ada, tess, tom, cleo } = await createWorld(desk)
  await createProduct(tess)
  await createProduct(tom, { title: 'Größe 100%_', kind: 'licence', category: 'Software' })
  const third = await createProduct(tess, { title: 'Keyboard', kind: 'one_off', category: 'hardware' })
  await orderProduct(cleo, third)
  const found = async (query: string): Promise<string[]> =>
    bodyOf(await cleo.get(`/products?${query}`)).products.map(({ product_id }: { product_id: string }) => product_id)
  expect(await found('')).toEqual(['PRD0001', 'PRD0002', 'PRD0003'])
  expect(await found('q=GR%C3%96SSE')).toEqual([])
  expect(await found(`q=${encodeURIComponent('GRÖßE')}`)).toEqual(['PRD0002'])
  expect(await found(`q=${encodeURIComponent('%_')}`)).toEqual(['PRD0002'])
  expect(await found('q=prd0003')).toEqual(['PRD0003'])
  expect(await found('kind=loan,licence')).toEqual(['PRD0001', 'PRD0002'])
  expect(await found('category=HARDWARE')).toEqual(['PRD0001', 'PRD0003'])
  expect(await found('available=true')).toEqual(['PRD0001', 'PRD0002'])
  expect(await found('available=false')).toEqual(['PRD0003'])
  expect(await found('owner=me')).toEqual([])
  expect(bodyOf(await tom.get('/products?owner=me')).products).toHaveLength(1)
  const first = bodyOf(await ada.get('/products?limit=2'))
  expect(first.page.has_more).toBe(true)
  const rest = bodyOf(await ada.get(`/products?limit=2&cursor=${encodeURIComponent(first.page.next_cursor)}`))
  expect(rest).toMatchObject({ products: [{ product_id: 'PRD0003' }], page: { has_more: false } })
})

test('hostile members and filters are refused, each with its name', async () => {
  const { tess, cleo } = await createWorld(desk)
  for (const [member, value] of [
    ['price', -1],
    ['price', 1.5],
    ['price', '100'],
    ['price', 100_000_000_001],
    ['price', 2 ** 53],
    ['currency', 'EURO'],
    ['currency', 'ZZZ'],
    ['currency', null],
    ['kind', 'rent'],
    ['units', 1_001],
    ['units', -1],
    ['title', ''],
    ['title', 'x'.repeat(201)],
    ['title', 'a\u0000b'],
    ['category', ' '],
    ['owner_id', 'ada'],
  ] as const) {
    const { body } = await expectRefusal(
      tess.post('/products', { ...projector, [member]: value }),
      400,
      'validation_failed',
    )
    expect(body.errors[0].field, `${member} ${value}`).toBe(member)
  }
  const hostile = ["' or 1=1 --", '%', '\\', '__', '(((', '*', '{{7*7}}', '💥'.repeat(50)]
  for (const value of hostile) {
    expect(bodyOf(await cleo.get(`/products?q=${encodeURIComponent(value)}`)).products).toEqual([])
    expect(bodyOf(await cleo.get(`/products?category=${encodeURIComponent(value)}`)).products).toEqual([])
    for (const member of ['kind', 'available', 'owner', 'limit'])
      await expectRefusal(cleo.get(`/products?${member}=${encodeURIComponent(value)}`), 400, 'validation_failed')
    await expectRefusal(cleo.get(`/products?cursor=${encodeURIComponent(value)}`), 400, 'invalid_cursor')
  }
  for (const key of [0.5, -1, '1', null, [1], 2 ** 60]) {
    const cursor = Buffer.from(JSON.stringify(['product_number', key])).toString('base64url')
    const reply = await cleo.get(`/products?cursor=${cursor}`)
    expect([200, 400], `${key}: ${reply.text}`).toContain(reply.status)
  }
})

test('products of another tenant are not there', async () => {
  const [world, other] = [await createWorld(desk), await createWorld(desk)]
  const id = await createProduct(world.tess)
  expect(bodyOf(await other.ada.get('/products')).products).toEqual([])
  await expectRefusal(other.ada.get(`/products/${id}`), 404, 'product_not_found')
  await expectRefusal(other.ada.put(`/products/${id}`, { price: 1 }), 404, 'product_not_found')
  await expectRefusal(other.cleo.post('/orders', { product_id: id }), 404, 'product_not_found')
})
