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
