import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProduct, makeOverdue, orderProduct, statusOfOrder } from '../../../testing/support/catalogue.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { expireOrderTask } from './expire-orders.service.ts'

// What changed an order, and changes that are meant for one of its versions.

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

test('an order says what happened to it, and by whom', async () => {
  const { ada, tess, cleo, tenantId } = await createWorld(desk)
  const id = await createProduct(tess)
  const lent = await orderProduct(cleo, id)
  expectSuccess(await ada.post(`/orders/${lent}/complete`))
  expectSuccess(await tess.post(`/orders/${lent}/return`))
  const late = await orderProduct(cleo, id)
  await makeOverdue(desk, tenantId)
  await expireOrderTask(desk.app, { tenant_id: tenantId, order_id: late })
  const historyFor = async (person: typeof cleo, order: string) => bodyOf(await person.get(`/orders/${order}`)).history
  const step = (status: string, actor_id: string | null, actor_name: string | null) => ({
    status,
    occurred_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/),
    actor_id,
    actor_name,
  })
  const reserved = step('reserved', cleo.id, 'Cleo Customer')
  const returned = step('returned', tess.id, 'Tess Technician')
  const byAdmin = (actor_id: string | null) => step('complete', actor_id, 'Ada Admin')
  expect(await historyFor(tess, lent)).toEqual([reserved, byAdmin(ada.id), returned])
  // The id of an admin is a sign-in name, which customers do not read.
  expect(await historyFor(cleo, lent)).toEqual([reserved, byAdmin(null), returned])
  expect(await historyFor(cleo, late)).toEqual([reserved, step('expired', null, null)])
})

test('a change that is meant for another version is refused, and says what changed since', async () => {
  const { ada, tess, cleo } = await createWorld(desk)
  const id = await createProduct(tess)
  const path = `/orders/${await orderProduct(cleo, id)}`
  const at = (tag: string) => ({ headers: { 'If-Match': tag } })
  const tag = String((await cleo.get(path)).headers.get('etag'))
  expect(tag).toMatch(/^"1-/)
  for (const [method, of] of [
    ['POST', `${path}/complete`],
    ['POST', `${path}/return`],
    ['DELETE', path],
  ] as const) {
    const early = await expectRefusal(ada.send(method, of, undefined, at('"2"')), 412, 'stale_version')
    expect(early.body).toMatchObject({ current_version: 1, changed: [], overlaps: false })
    await expectRefusal(ada.send(method, of, undefined, at('"1", "2"')), 400, 'malformed_request')
  }
  expectSuccess(await ada.post(`${path}/complete`, { reference: 'pay_1' }, at(tag)))
  const changed = (by: string | null) => [
    { field: 'reference', by, version: 2 },
    { field: 'status', by, version: 2 },
  ]
  const late = await expectRefusal(tess.delete(path, at(tag)), 412, 'stale_version')
  expect(late.body).toMatchObject({ current_version: 2, changed: changed(ada.id), overlaps: true })
  expect(late.headers.get('etag')).toBe('"2"')
  // The sign-in name of an admin is nothing for customers.
  const theirs = await expectRefusal(cleo.post(`${path}/complete`, undefined, at(tag)), 412, 'stale_version')
  expect(theirs.body).toMatchObject({ changed: changed(null) })
  await expectRefusal(tess.post(`${path}/return`, undefined, at(tag)), 412, 'stale_version')
  expect(await statusOfOrder(cleo, path.slice('/orders/'.length))).toBe('complete')
  expectSuccess(await tess.post(`${path}/return`, undefined, at('"2"')))
  // What is so already, at the version that is meant, stays so.
  expectSuccess(await tess.post(`${path}/return`, undefined, at('W/"3-gzip"')))
  const other = `/orders/${await orderProduct(cleo, id)}`
  expectStatus(await cleo.delete(other, at('"1"')), 204)
  expectStatus(await cleo.delete(other, at('*')), 204)
  await expectRefusal(cleo.delete(other, at('"1"')), 412, 'stale_version')
})
