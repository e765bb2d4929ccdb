import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginRestoredEpoch } from '../../../platform/events/log-epoch.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { deadUrl } from '../../../testing/support/webhook-requests.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { signedHeaders, signingKeys } from './webhook-secrets.ts'

let desk: Desk
let world: World
let receiver: WebhookReceiver
beforeAll(async () => {
  desk = await startDesk({ settings: { WEBHOOK_ALLOW_HOSTS: '127.0.0.1' } })
  world = await createWorld(desk)
  receiver = await startWebhookReceiver()
})
afterAll(async () => {
  await receiver?.stop()
  await desk?.stop()
})

test('an endpoint is told of an event, signed as Standard Webhooks has it', async () => {
  const { ada, cleo } = world
  const made = expectStatus(await ada.post('/webhooks', { url: receiver.url, types: ['ticket.*'] }), 201)
  const { secret, webhook_id: id } = made.body
  const ticketId = await createTicket(cleo)
  await until('the receiver has it', () => receiver.received.length === 1)
  const [message] = receiver.received
  if (message === undefined) throw new Error('nothing came')
  const verified = new Webhook(secret).verify(message.raw, message.headers as Record<string, string>)
  expect(verified).toMatchObject({
    type: 'ticket.created',
    data: { subject_id: ticketId, ticket: { ticket_id: ticketId, subject: expect.any(String) }, comment: null },
  })
  expect(message.id).toBe(`evt_${message.body.data.id.split(':')[0]}_${world.tenantId}_${message.body.data.position}`)
  await until('it is settled', async () => bodyOf(await ada.get(`/webhooks/${id}`)).waiting === 0)
  expect(bodyOf(await ada.get(`/webhooks/${id}`))).toMatchObject({ failures: 0, last_success_at: expect.any(String) })
})

test('types that are never posted are refused, and patterns that mean others too are not', async () => {
  const { ada } = world
  const made = bodyOf(await ada.post('/webhooks', { url: deadUrl, types: ['ticket.*', 'ticket.c*'] }))
  expect(made.types).toEqual(['ticket.*', 'ticket.c*'])
  for (const type of ['ticket.change_undone', 'ticket.change_undone*', 'ticket.change_u*']) {
    const types = ['ticket.created', type]
    const refused = await expectRefusal(ada.post('/webhooks', { url: deadUrl, types }), 400, 'validation_failed')
    expect(refused.body.errors).toEqual([
      { field: 'types.1', code: 'never_posted', message: expect.stringContaining('no webhook is told') },
    ])
    await expectRefusal(ada.patch(`/webhooks/${made.webhook_id}`, { types }), 400, 'validation_failed')
  }
  expectSuccess(await ada.delete(`/webhooks/${made.webhook_id}`))
})

test('a secret is shown once, lives a day beside the next, and can be ended', async () => {
  const { ada, cleo } = world
  const own = await startWebhookReceiver()
  const made = expectStatus(await ada.post('/webhooks', { url: own.url, types: ['ticket.created'] }), 201).body
  const next = expectStatus(await ada.post(`/webhooks/${made.webhook_id}/secrets`), 201).body
  expect(next.secret).not.toBe(made.secret)
  for (const path of ['/webhooks', `/webhooks/${made.webhook_id}`, '/audit?type=webhook.*']) {
    const { text } = await ada.get(path)
    expect(text).not.toContain(made.secret)
    expect(text).not.toContain(next.secret)
  }
  await createTicket(cleo)
  await until('it came', () => own.received.length === 1)
  const [both] = own.received
  for (const secret of [made.secret, next.secret]) {
    expect(new Webhook(secret).verify(both?.raw ?? '', both?.headers as Record<string, string>)).toBeTruthy()
  }
  expectStatus(await ada.delete(`/webhooks/${made.webhook_id}/secrets/previous`), 204)
  await createTicket(cleo)
  await until('another came', () => own.received.length === 2)
  const [, one] = own.received
  const headers = one?.headers as Record<string, string>
  expect(() => new Webhook(made.secret).verify(one?.raw ?? '', headers)).toThrow()
  expect(new Webhook(next.secret).verify(one?.raw ?? '', headers)).toBeTruthy()
  const { rows } = await desk.owner.query('select * from webhooks')
  expect(JSON.stringify(rows)).not.toContain(next.secret.slice(6))
  await own.stop()
})

test('deliveries are listed with their attempts, and sent once more with the same id', async () => {
  const { ada, cleo } = world
  const own = await startWebhookReceiver()
  own.answer((_, response) => response.writeHead(500).end('out\u0000 of\u001b[31m order'))
  const { webhook_id: id } = bodyOf(await ada.post('/webhooks', { url: own.url, types: ['ticket.created'] }))
  const ticketId = await createTicket(cleo)
  const first = async () => bodyOf(await ada.get(`/webhooks/${id}/deliveries`)).deliveries[0]
  await until('an attempt failed', async () => (await first())?.attempts >= 1)
  const { delivery_id: deliveryId } = await first()
  own.answer(200)
  const again = expectStatus(await ada.post(`/webhooks/${id}/deliveries/${deliveryId}/resend`), 202).body
  expect(again).toMatchObject({ delivery_id: deliveryId, state: 'waiting', type: 'ticket.created' })
  await until('it is delivered', async () => (await first()).state === 'delivered')
  const whole = bodyOf(await ada.get(`/webhooks/${id}/deliveries/${deliveryId}`))
  expect(whole).toMatchObject({ subject_id: ticketId, state: 'delivered' })
  expect(whole.attempts_made.at(-1)).toMatchObject({ status: 500, fault: 'server_failed', answer: 'out of [31m order' })
  expect(new Set(own.received.map((message) => message.id))).toEqual(new Set([deliveryId]))
  const test = bodyOf(await ada.post(`/webhooks/${id}/test`))
  expect(test).toMatchObject({ delivered: true, status: 200, fault: null })
  expect(own.received.at(-1)?.body).toMatchObject({ type: 'webhook.ping', data: { webhook_id: id } })
  const count = own.received.length
  const dry = bodyOf(await ada.post(`/webhooks/${id}/resend`, { since: '2020-01-01', dry_run: true }))
  expect(dry.count).toBeGreaterThan(2)
  expect(bodyOf(await ada.post(`/webhooks/${id}/resend`, { since: '2020-01-01' })).count).toBe(dry.count)
  await until('all came', () => own.received.length === count + dry.count)
  await own.stop()
})

test('the signature is that of the published vector', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', sentAt: 1_614_265_330, body: '{"test": 2432232314}' }
  expect(signedHeaders(message, signingKeys([secret]))).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('an address that webhooks may not reach is refused when it is saved; who may create how many is held', async () => {
  const { ada, tess, cleo } = await createWorld(desk)
  for (const url of [
    'http://hooks.example.com/',
    'https://10.0.0.1/',
    'https://a:b@hooks.example.com/',
    'https://localhost/',
  ]) {
    const refused = await expectRefusal(ada.post('/webhooks', { url }), 400, 'validation_failed')
    expect(refused.body.errors).toEqual([expect.objectContaining({ field: 'url', code: 'url_refused' })])
  }
  for (const url of ['hooks.example.com', 'javascript:alert(1)', '', 'x'.repeat(2_000), null]) {
    await expectRefusal(ada.post('/webhooks', { url }), 400, 'validation_failed')
  }
  const wanted = { url: receiver.url, types: ['ticket.merged'] }
  for (let made = 0; made < 5; made += 1) expectStatus(await tess.post('/webhooks', wanted), 201)
  await expectRefusal(tess.post('/webhooks', wanted), 422, 'too_many_webhooks')
  for (let made = 5; made < 20; made += 1) expectStatus(await ada.post('/webhooks', wanted), 201)
  await expectRefusal(ada.post('/webhooks', wanted), 422, 'too_many_webhooks')
  await expectRefusal(cleo.get('/webhooks'), 403, 'forbidden')
  expect(bodyOf(await tess.get('/webhooks?limit=100')).webhooks).toHaveLength(5)
  expect(bodyOf(await ada.get('/webhooks?limit=100')).webhooks).toHaveLength(20)
  const first = bodyOf(await ada.get('/webhooks?limit=3'))
  const second = bodyOf(await ada.get(`/webhooks?limit=3&cursor=${first.page.next_cursor}`))
  const ids = [...first.webhooks, ...second.webhooks].map(({ webhook_id: id }: { webhook_id: string }) => id)
  expect(ids).toEqual([1, 2, 3, 4, 5, 6].map((number) => `WHK000${number}`))
  expectStatus(await tess.delete('/webhooks/WHK0001'), 204)
  expectStatus(await tess.post('/webhooks', wanted), 201)
})

test('a change names its version, may send the whole back, and tells no path of the address', async () => {
  const { ada } = world
  const made = bodyOf(await ada.post('/webhooks', { url: `${receiver.url}/secret-path`, types: ['ticket.merged'] }))
  const path = `/webhooks/${made.webhook_id}`
  const whole = bodyOf(await ada.get(path))
  expect(bodyOf(await ada.put(path, { ...whole, description: 'Chat' }))).toMatchObject({
    version: 2,
    description: 'Chat',
  })
  await expectRefusal(ada.patch(path, { is_ordered: true }, { headers: { 'If-Match': '"1"' } }), 412, 'stale_version')
  await expectRefusal(ada.patch(path, { owner_id: 'bob' }), 400, 'validation_failed')
  await expectRefusal(ada.patch(path, { types: ['nothing.*'] }), 400, 'validation_failed')
  const off = bodyOf(
    await ada.patch(path, { url: `${receiver.url}/other-path`, state: 'disabled' }, { headers: { 'If-Match': '"2"' } }),
  )
  expect(off).toMatchObject({ version: 4, state: 'disabled', disabled_reason: 'by_hand', is_ordered: false })
  expect(bodyOf(await ada.patch(path, { state: 'disabled' })).version).toBe(4)
  const events = JSON.stringify(await recordedEvents(desk, world, 'webhook.%'))
  expect(events).not.toContain('-path')
  expectStatus(await ada.delete(path), 204)
  await expectRefusal(ada.get(path), 404, 'webhook_not_found')
})

test('the id of a message keeps its epoch when a backup was restored', async () => {
  const own = await startWebhookReceiver()
  const { ada, cleo } = await createWorld(desk)
  own.answer(503)
  bodyOf(await ada.post('/webhooks', { url: own.url, types: ['ticket.created'] }))
  await createTicket(cleo)
  await until('it was tried', () => own.received.length > 0)
  await beginRestoredEpoch(desk.app.pool)
  own.answer(200)
  await createTicket(cleo)
  await until('both came', async () => {
    await desk.owner.query("update webhook_deliveries set due_at = now() where state = 'waiting'")
    await desk.owner.query('update webhooks set due_at = now() where holder is null and deleted_at is null')
    return new Set(own.received.map(({ id }) => id)).size === 2
  })
  const epochs = [...new Set(own.received.map(({ id }) => id))].map((id) => id.split('_')[1])
  expect(new Set(epochs).size).toBe(2)
  await own.stop()
})
