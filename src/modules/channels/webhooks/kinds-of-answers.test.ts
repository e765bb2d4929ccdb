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
  desk = await startDesk()
  world = await createWorld(desk)
  receiver = await startWebhookReceiver()
})
afterAll(async () => {
  await receiver?.stop()
  await desk?.stop()
})

/** What an answer is noted as, and how many attempts are left of a message whose webhook is in order. */
const kinds: [answers: number | 'no TLS' | 'nobody' | 'hangs up', fault: string, left: number][] = [
  [301, 'redirected', 9],
  [307, 'redirected', 9],
  [400, 'refused', 9],
  [401, 'refused', 9],
  [404, 'refused', 9],
  [422, 'refused', 9],
  [499, 'refused', 9],
  [408, 'refused', 10],
  [425, 'refused', 10],
  [429, 'refused', 10],
  [500, 'server_failed', 10],
  [503, 'server_failed', 10],
  [599, 'server_failed', 10],
  ['no TLS', 'not_secure', 10],
  ['nobody', 'not_reachable', 10],
  ['hangs up', 'connection_lost', 10],
]

const urlFor = (answers: (typeof kinds)[number][0]): string =>
  answers === 'nobody'
    ? 'http://127.0.0.1:1/'
    : answers === 'no TLS'
      ? receiver.url.replace('http', 'https')
      : receiver.url

/** What is read of the only delivery of a new webhook, when it was tried once. */
const tryOnce = async (answers: (typeof kinds)[number][0], is_ordered: boolean) => {
  receiver.answer((_, response) => {
    if (typeof answers !== 'number') response.socket?.destroy()
    else response.writeHead(answers, { Location: 'http://127.0.0.1:1/', 'Retry-After': '3600' }).end()
  })
  const body = { url: urlFor(answers), types: ['ticket.created'], is_ordered }
  const { webhook_id: id } = bodyOf(await world.ada.post('/webhooks', body))
  await createTicket(world.cleo)
  const list = async () => bodyOf(await world.ada.get(`/webhooks/${id}/deliveries`)).deliveries
  await until('it was tried', async () => (await list())[0]?.attempts > 0)
  const [{ delivery_id }] = await list()
  const whole = bodyOf(await world.ada.get(`/webhooks/${id}/deliveries/${delivery_id}`))
  expectStatus(await world.ada.delete(`/webhooks/${id}`), 204)
  return whole
}

test.each(kinds)('%s is %s, and leaves %i attempts where the order is kept', async (answers, fault, left) => {
  const whole = await tryOnce(answers, true)
  expect(whole).toMatchObject({ state: 'waiting', attempts_left: left })
  const status = typeof answers === 'number' ? answers : null
  expect(whole.attempts_made.at(-1)).toMatchObject({ fault, status })
})

test.each([429, 503])('where no order is kept, the first failures use up attempts: %i', async (answers) => {
  expect(await tryOnce(answers, false)).toMatchObject({ state: 'waiting', attempts_left: 9 })
})

test.each([200, 201, 204, 299])('%i is taken', async (answers) => {
  expect(await tryOnce(answers, true)).toMatchObject({ state: 'delivered' })
})
