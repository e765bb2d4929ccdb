import { afterAll, beforeAll, expect, test } from 'vitest'
import { fanOutOnce } from '../../../platform/events/fan-out.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { pngOf } from '../../../testing/support/pictures.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { deadUrl, makeDelivery, newWebhook } from '../../../testing/support/webhook-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { writesOf } from '../../../testing/support/written-statements.ts'
import { renewSome } from './renew-deliveries.queries.ts'

// Nothing is sent here, so what a request changes stays as it is.
let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

test('each change of a webhook is one statement with its event', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  await createTicket(cleo)
  await fanOutOnce(desk.app.pool, [], 500)
  const { webhook_id: id } = bodyOf(await ada.post('/webhooks', newWebhook))
  const path = `/webhooks/${id}`
  const deliveryId = await makeDelivery(desk, world, ada, id)
  const requests = [
    () => ada.patch(path, { description: 'Other' }),
    () => ada.patch(path, { url: `${deadUrl}/other`, state: 'disabled' }),
    () => ada.patch(path, { state: 'enabled' }),
    () => ada.post(`${path}/secrets`),
    () => ada.delete(`${path}/secrets/previous`),
    () => ada.post(`${path}/deliveries/${deliveryId}/resend`),
    () => ada.post(`${path}/resend`, { since: '2020-01-01' }),
    () => ada.delete(path),
  ]
  const written = await writesOf('webhooks', async () => {
    for (const request of requests) expectSuccess(await request())
  })
  expect(written.filter((text) => !text.includes('insert into events'))).toEqual([])
  const types = (await recordedEvents(desk, world, 'webhook.%')).map(({ type }) => type.split('.')[1])
  expect(types).toEqual([
    ...['created', 'updated', 'updated', 'disabled', 'enabled', 'secret_rotated', 'secret_ended'],
    ...['delivery_resent', 'resent', 'deleted'],
  ])
  expect(written).toHaveLength(types.length - 1)
})

test('an event about a webhook tells what differs, and of an address its origin only', async () => {
  const world = await createWorld(desk)
  const { ada } = world
  const first = 'https://hooks.example.com?secret=1'
  const { webhook_id: id } = bodyOf(await ada.post('/webhooks', { url: first, types: ['ticket.*'] }))
  const second = { url: 'http://127.0.0.1:8080/secret?of=this', types: null, is_ordered: false, state: 'disabled' }
  expect(bodyOf(await ada.patch(`/webhooks/${id}`, second)).version).toBe(3)
  bodyOf(await ada.patch(`/webhooks/${id}`, { description: 'It’s "new"', url: 'https://[2606:4700::1111]/secret' }))
  const from = 'https://hooks.example.com'
  const to = 'http://127.0.0.1:8080'
  expect(await recordedEvents(desk, world, 'webhook.%')).toMatchObject([
    { type: 'webhook.created', subject_version: 1, details: { account_id: 'ada', url: from } },
    {
      ...{ type: 'webhook.updated', subject_id: id, subject_version: 2, actor_id: 'ada', details: {} },
      changes: { url: { from, to }, types: { from: ['ticket.*'], to: null } },
    },
    { type: 'webhook.disabled', subject_version: 3, details: { reason: 'by_hand', account_id: 'ada', url: to } },
    {
      ...{ type: 'webhook.updated', subject_version: 4 },
      changes: { url: { from: to, to: 'https://[2606:4700::1111]' }, description: { from: '', to: 'It’s "new"' } },
    },
  ])
  const told = JSON.stringify(await recordedEvents(desk, world, 'webhook.%'))
  expect([told.includes('secret'), told.includes('is_ordered')]).toEqual([false, false])
})

test('each change of a logo is one statement with its event', async () => {
  const { ada } = await createWorld(desk)
  const written = await writesOf('tenants', async () => {
    expectSuccess(await ada.put('/settings/logo', undefined, { raw: pngOf(8, 8) }))
    expectSuccess(await ada.delete('/settings/logo'))
  })
  expect(written).toHaveLength(2)
  expect(written.filter((text) => !text.includes('insert into events'))).toEqual([])
})

test('a delivery that is sent once more is an event, which says what it was before', async () => {
  const world = await createWorld(desk)
  const { ada, cleo } = world
  await createTicket(cleo)
  await fanOutOnce(desk.app.pool, [], 500)
  const { webhook_id: id } = bodyOf(await ada.post('/webhooks', newWebhook))
  const deliveryId = await makeDelivery(desk, world, ada, id)
  const { position } = bodyOf(await ada.get(`/webhooks/${id}/deliveries/${deliveryId}`))
  const become = (state: string, attempts: number) =>
    desk.owner.query(
      `update webhook_deliveries set state = $2, attempts = $3, settled_at = case when $2 <> 'waiting' then now() end
       where tenant_id = $1`,
      [world.tenantId, state, attempts],
    )
  const resend = () => ada.post(`/webhooks/${id}/deliveries/${deliveryId}/resend`)
  await become('failed', 10)
  expectStatus(await resend(), 202)
  await become('waiting', 3)
  expectStatus(await resend(), 202)
  const events = await recordedEvents(desk, world, 'webhook.delivery_resent')
  expect(events).toMatchObject([{ subject_id: id, actor_id: 'ada', details: { position } }, { subject_id: id }])
  expect(events.map(({ changes }) => changes)).toEqual([
    { state: { from: 'failed', to: 'waiting' }, attempts: { from: 10, to: 0 } },
    { attempts: { from: 3, to: 0 } },
  ])
})

/** A webhook that has failed for an hour and pauses, with a delivery that was tried and waits for tomorrow. */
const failingWebhook = async (world: World) => {
  const { ada, cleo } = world
  await createTicket(cleo)
  await fanOutOnce(desk.app.pool, [], 500)
  const { webhook_id: id } = bodyOf(await ada.post('/webhooks', newWebhook))
  const deliveryId = await makeDelivery(desk, world, ada, id)
  await desk.owner.query(
    `with d as (update webhook_deliveries set state = 'waiting', settled_at = null, attempts = 4, tries = 7,
         due_at = now() + interval '1 day' where tenant_id = $1)
     update webhooks set failures = 6, failing_since = now() - interval '1 hour',
       paused_until = now() + interval '1 hour', due_at = now() + interval '1 hour' where tenant_id = $1`,
    [world.tenantId],
  )
  const path = `/webhooks/${id}`
  const isDue = async (): Promise<boolean> => {
    const { rows } = await desk.owner.query(
      `select h.due_at <= now() and d.due_at <= now() as is_due from webhooks h
       join webhook_deliveries d using (tenant_id, webhook_number) where h.tenant_id = $1`,
      [world.tenantId],
    )
    return rows[0].is_due
  }
  const read = async () => ({
    ...bodyOf(await ada.get(path)),
    attempts_left: bodyOf(await ada.get(`${path}/deliveries/${deliveryId}`)).attempts_left,
    is_due: await isDue(),
  })
  /** What the runner does first with a webhook that begins anew. */
  const renew = () =>
    renewSome(desk.app.pool, { tenant_id: world.tenantId, webhook_number: Number(id.slice('WHK'.length)) })
  return { path, read, renew, ada }
}
const asItWas = { failures: 6, failing_since: expect.any(String), paused_until: expect.any(String), attempts_left: 6 }
const anew = { failures: 0, failing_since: null, paused_until: null, attempts_left: 10, is_due: true }

test('at another address a webhook begins anew, and keeps its past with any other change', async () => {
  const { path, read, renew, ada } = await failingWebhook(await createWorld(desk))
  expect(await read()).toMatchObject({ ...asItWas, is_due: false })
  const other = { description: 'Other', types: null, is_ordered: false, includes_internal: true }
  expectSuccess(await ada.put(path, { ...bodyOf(await ada.get(path)), ...other }))
  expect(await renew()).toBe(0)
  expect(await read()).toMatchObject({ ...other, ...asItWas, is_due: false })
  expectSuccess(await ada.patch(path, { url: `${deadUrl}/other` }))
  expect(await renew()).toBe(1)
  expect(await read()).toMatchObject({ ...other, ...anew })
})

test('a webhook that is enabled begins anew; what was never tried may still be taken back, and waits', async () => {
  const world = await createWorld(desk)
  const { path, read, renew, ada } = await failingWebhook(world)
  expectSuccess(await ada.patch(path, { state: 'disabled' }))
  expect(await read()).toMatchObject({ ...asItWas, state: 'disabled' })
  expectSuccess(await ada.patch(path, { state: 'enabled' }))
  await renew()
  expect(await read()).toMatchObject({ ...anew, state: 'enabled' })
  await desk.owner.query(
    "update webhook_deliveries set tries = 0, due_at = now() + interval '1 hour' where tenant_id = $1",
    [world.tenantId],
  )
  for (const state of ['disabled', 'enabled']) expectSuccess(await ada.patch(path, { state }))
  expect(await renew()).toBe(1)
  expect(await read()).toMatchObject({ is_due: false })
})

test('no request that lets a webhook begin anew writes its deliveries, because there may be many', async () => {
  const { path, ada } = await failingWebhook(await createWorld(desk))
  const written = await writesOf('webhook_deliveries', async () => {
    expectSuccess(await ada.patch(path, { url: `${deadUrl}/other`, state: 'disabled' }))
    expectSuccess(await ada.patch(path, { state: 'enabled' }))
  })
  expect(written).toEqual([])
})

test('a pause and a failure that are over are not told', async () => {
  const world = await createWorld(desk)
  const { read } = await failingWebhook(world)
  await desk.owner.query("update webhooks set paused_until = now() - interval '1 second' where tenant_id = $1", [
    world.tenantId,
  ])
  expect(await read()).toMatchObject({ failing_since: expect.any(String), paused_until: null })
})
