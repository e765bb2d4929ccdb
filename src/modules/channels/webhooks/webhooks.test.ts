import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf, expectStatus } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

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
