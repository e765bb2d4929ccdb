import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { expectStatus } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
const receivers: WebhookReceiver[] = []
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
  await desk?.stop()
})

/** How many webhooks of a tenant one is sent to at once. */
const ofTenant = 10
/** How many webhooks a process has in hand at once, and how many of these places only tenants get that have none. */
const [placesAtOnce, keptForOthers] = [50, 10]

/** A world with webhooks that wait with one message each, and their receiver. */
const startWaiting = async (webhooks: number): Promise<{ world: World; receiver: WebhookReceiver }> => {
  const [world, receiver] = [await createWorld(desk), await startWebhookReceiver()]
  receivers.push(receiver)
  for (let number = 1; number <= webhooks; number += 1) {
    const body = { url: `${receiver.url}/${number}`, types: ['ticket.created'] }
    expectStatus(await world.ada.post('/webhooks', body), 201)
  }
  await desk.owner.query("update webhooks set paused_until = now() + interval '1 hour' where tenant_id = $1", [
    world.tenantId,
  ])
  await createTicket(world.cleo)
  await until('all wait', async () => {
    const waiting = "select from webhook_deliveries where tenant_id = $1 and state = 'waiting'"
    return (await desk.owner.query(waiting, [world.tenantId])).rowCount === webhooks
  })
  return { world, receiver }
}

test('many slow webhooks of some tenants leave places for another tenant, whose webhook is due last', async () => {
  const slow = [await startWaiting(20), await startWaiting(20), await startWaiting(20)]
  const other = await startWaiting(1)
  for (const { receiver } of slow) receiver.answer(() => {})
  // All become due in one moment, so that one claim sees them all.
  await desk.owner.query(
    `update webhooks set paused_until = null,
       due_at = now() - case when tenant_id = $1 then interval '0' else interval '1 minute' end`,
    [other.world.tenantId],
  )
  await until('the other tenant is told', () => other.receiver.received.length === 1)
  const { rows } = await desk.owner.query(
    'select count(holder)::integer as held from webhooks where tenant_id <> $1 group by tenant_id',
    [other.world.tenantId],
  )
  expect(rows).toEqual(slow.map(() => ({ held: ofTenant })))
  // Who has been served makes room for the rest.
  for (const { receiver } of slow) {
    receiver.answer(200)
    receiver.hangUp()
  }
  await desk.owner.query("update webhook_deliveries set due_at = now() where state = 'waiting'")
  await until('all came', () =>
    slow.every(({ receiver }) => new Set(receiver.received.map(({ path }) => path)).size === 20),
  )
})

test('slow webhooks of five tenants leave places for a sixth, whose webhook is due later', async () => {
  const slow = await Promise.all(Array.from({ length: 5 }, () => startWaiting(ofTenant)))
  const other = await startWaiting(1)
  for (const { receiver } of slow) receiver.answer(() => {})
  const due = 'update webhooks set paused_until = null, due_at = now() where tenant_id = any($1)'
  await desk.owner.query(due, [slow.map(({ world }) => world.tenantId)])
  const all = slow.map(({ receiver }) => receiver)
  const came = () => all.reduce((sum, { received }) => sum + received.length, 0)
  await until('all but the kept places are taken', () => came() === placesAtOnce - keptForOthers)
  expect(all.every(({ received }) => received.length > 0)).toBe(true)
  await desk.owner.query(due, [[other.world.tenantId]])
  await until('the sixth tenant is told', () => other.receiver.received.length === 1)
  // None of the slow has made room for it.
  expect(came()).toBe(placesAtOnce - keptForOthers)
  for (const receiver of all) {
    receiver.answer(200)
    receiver.hangUp()
  }
  await desk.owner.query("update webhook_deliveries set due_at = now() where state = 'waiting'")
  await until('all came', () =>
    slow.every(({ receiver }) => new Set(receiver.received.map(({ path }) => path)).size === ofTenant),
  )
})
