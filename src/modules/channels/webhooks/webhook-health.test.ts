import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { createTicket, createTickets } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { type StartedWebhook, startWebhook } from '../../../testing/support/started-webhook.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
let world: World
const receivers: WebhookReceiver[] = []
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
  await desk?.stop()
})

const change = (table: string, set: string, condition = 'true') =>
  desk.owner.query(`update ${table} set ${set} where tenant_id = $1 and ${condition}`, [world.tenantId])

/** A paused webhook of new tickets, with so many messages that wait and are due. */
const startPaused = async (messages: number, more: object = {}): Promise<StartedWebhook> => {
  world = await createWorld(desk)
  const hook = await startWebhook(desk, more, { world })
  receivers.push(hook.receiver)
  await change('webhooks', "paused_until = now() + interval '1 hour'")
  await createTickets(world.cleo, messages)
  await until('all wait', async () => (await hook.read()).waiting === messages)
  return hook
}

const goOn = () => change('webhooks', 'paused_until = null, due_at = now()')

const untilAllCame = (hook: StartedWebhook): Promise<void> =>
  until('all is delivered', async () => (await hook.read()).waiting === 0)

test('when a probe arrives, all that was put off until tomorrow comes at once', async () => {
  const hook = await startPaused(4)
  await change('webhooks', "failures = 5, failing_since = now() - interval '1 hour'")
  await change(
    'webhook_deliveries',
    "tries = 1, attempts = 1, due_at = now() + interval '1 day'",
    'position > (select min(position) from webhook_deliveries where tenant_id = $1)',
  )
  await goOn()
  await untilAllCame(hook)
  expect(hook.receiver.received).toHaveLength(4)
})

test('a webhook that failed for long is not disabled when something arrives: its failures begin after that', async () => {
  const hook = await startPaused(2, { is_ordered: true })
  await change('webhooks', "failures = 1, failing_since = now() - interval '6 days'")
  hook.receiver.answer((_, response) => response.writeHead(hook.receiver.received.length === 1 ? 200 : 503).end())
  const begunAt = Date.now()
  await goOn()
  await until('the second failed', async () => (await hook.read()).waiting === 1)
  await hook.untilIdle()
  const { failing_since, ...webhook } = await hook.read()
  expect(webhook).toMatchObject({ state: 'enabled', failures: 1 })
  expect(Date.parse(String(failing_since))).toBeGreaterThanOrEqual(begunAt - 1_000)
})

test('a test that arrives ends the pause of a webhook that has no failure', async () => {
  const hook = await startPaused(1)
  await change('webhooks', "due_at = now() + interval '1 hour'")
  expect(bodyOf(await hook.world.ada.post(`/webhooks/${hook.id}/test`)).delivered).toBe(true)
  await untilAllCame(hook)
})

test('messages that are further apart in the log than one reading goes are sent both', async () => {
  const hook = await startPaused(1)
  await change('event_heads', 'position = position + 2500')
  await createTicket(world.cleo)
  await until('both wait', async () => (await hook.read()).waiting === 2)
  await goOn()
  await untilAllCame(hook)
  expect(await hook.states()).toEqual(['delivered', 'delivered'])
})
