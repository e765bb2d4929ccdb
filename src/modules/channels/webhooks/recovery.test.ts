import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { createTicket, createTickets } from '../../../testing/support/create-tickets.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { type StartedWebhook, startWebhook } from '../../../testing/support/started-webhook.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { removeOldDeliveries } from './webhook-upkeep.service.ts'

let desk: Desk
const receivers: WebhookReceiver[] = []
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
  await desk?.stop()
})

const startHook = async (more: object = {}): Promise<StartedWebhook> => {
  const hook = await startWebhook(desk, more)
  receivers.push(hook.receiver)
  return hook
}

/** A webhook whose receiver fails, with so many messages, until it is only probed. */
const startProbed = async (messages: number): Promise<StartedWebhook> => {
  const hook = await startHook()
  hook.receiver.answer(503)
  const later = "update webhooks set paused_until = now() + interval '1 hour' where tenant_id = $1"
  await desk.owner.query(later, [hook.world.tenantId])
  await createTickets(hook.world.cleo, messages)
  await until('all wait', async () => (await hook.read()).waiting === messages)
  await hook.elapse()
  await until('it is probed', async () => (await hook.read()).failures >= 5)
  await hook.untilIdle()
  return hook
}

const secondsUntilNext = async (hook: StartedWebhook): Promise<number> =>
  (Date.parse(String((await hook.read()).next_attempt_at)) - Date.now()) / 1_000

test('messages that fail beside each other are one failure, so the first pause is a minute, then two', async () => {
  const hook = await startProbed(30)
  expect((await hook.read()).failures).toBe(5)
  expect(await secondsUntilNext(hook)).toBeGreaterThan(30)
  expect(await secondsUntilNext(hook)).toBeLessThanOrEqual(60)
  await hook.elapse(0.02)
  await until('a probe failed', async () => (await hook.read()).failures === 6)
  await hook.untilIdle()
  expect(await secondsUntilNext(hook)).toBeGreaterThan(90)
  expect(await secondsUntilNext(hook)).toBeLessThanOrEqual(120)
})

test('a test that arrives wakes a webhook that is only probed; one that fails does not', async () => {
  const hook = await startProbed(30)
  const before = hook.receiver.received.length
  expect(bodyOf(await hook.world.ada.post(`/webhooks/${hook.id}/test`)).delivered).toBe(false)
  expect(await secondsUntilNext(hook)).toBeGreaterThan(20)
  expect(hook.receiver.received).toHaveLength(before + 1)
  hook.receiver.answer(200)
  expect(bodyOf(await hook.world.ada.post(`/webhooks/${hook.id}/test`)).delivered).toBe(true)
  await until('all is delivered', async () => (await hook.read()).waiting === 0)
  expect((await hook.read()).failures).toBe(0)
})

test('a test wakes a webhook that waits for its second attempt, also one in order', async () => {
  for (const is_ordered of [false, true]) {
    const hook = await startHook({ is_ordered })
    hook.receiver.answer((_, response) => response.writeHead(503, { 'Retry-After': '3600' }).end())
    await createTicket(hook.world.cleo)
    await until('it failed', async () => (await hook.read()).failures === 1)
    await hook.untilIdle()
    hook.receiver.answer(200)
    bodyOf(await hook.world.ada.post(`/webhooks/${hook.id}/test`))
    await until('it is delivered', async () => (await hook.read()).waiting === 0)
  }
})

test('a test of a webhook that is well, or disabled, changes nothing of what waits', async () => {
  const hook = await startHook()
  await createTicket(hook.world.cleo)
  await until('it is delivered', async () => (await hook.states()).join() === 'delivered')
  await hook.untilIdle()
  const before = await hook.read()
  bodyOf(await hook.world.ada.post(`/webhooks/${hook.id}/test`))
  expect(await hook.read()).toEqual(before)
  const disabled = await startProbed(8)
  bodyOf(await disabled.world.ada.patch(`/webhooks/${disabled.id}`, { state: 'disabled' }))
  disabled.receiver.answer(200)
  const { failures, waiting } = await disabled.read()
  bodyOf(await disabled.world.ada.post(`/webhooks/${disabled.id}/test`))
  expect(await disabled.read()).toMatchObject({ failures, waiting, state: 'disabled', next_attempt_at: null })
})

test.each(['one', 'all'])('the clean-up leaves what was resent, also when its event is old: %s', async (which) => {
  const hook = await startHook()
  const { world, id } = hook
  await createTicket(world.cleo)
  await until('it is delivered', async () => (await hook.states()).join() === 'delivered')
  await hook.untilIdle()
  const old = "update webhook_deliveries set created_at = created_at - interval '31 days' where tenant_id = $1"
  await desk.owner.query(old, [world.tenantId])
  hook.receiver.answer(503)
  const [{ delivery_id }] = bodyOf(await world.ada.get(`/webhooks/${id}/deliveries`)).deliveries
  if (which === 'one') bodyOf(await world.ada.post(`/webhooks/${id}/deliveries/${delivery_id}/resend`))
  else bodyOf(await world.ada.post(`/webhooks/${id}/resend`, { since: '2020-01-01' }))
  await until('it failed', async () => (await hook.read()).failures > 0)
  await hook.untilIdle()
  await removeOldDeliveries(desk.app, 1_000)
  expect(await hook.states()).toEqual(['waiting'])
  // A month later it goes.
  await desk.owner.query(old, [world.tenantId])
  await removeOldDeliveries(desk.app, 1_000)
  expect(await hook.states()).toEqual([])
})
