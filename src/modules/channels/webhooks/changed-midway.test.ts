import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { assignTicket, createTicket } from '../../../testing/support/create-tickets.ts'
import { createOperator } from '../../../testing/support/operator-client.ts'
import { createWorld, password } from '../../../testing/support/people.ts'
import { bodyOf, expectStatus } from '../../../testing/support/requests.ts'
import { type StartedWebhook, startWebhook } from '../../../testing/support/started-webhook.ts'
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

/** How many messages are on their way at once. */
const atOnce = 4
/** How many are sent at most by what was read before a change. */
const portion = 8
const waiting = 30

/** A webhook of a technician, and `waiting` events about one ticket of theirs, which are due. */
const startBacklog = async (): Promise<StartedWebhook & { ticketId: string }> => {
  const world = await createWorld(desk)
  const ticketId = await createTicket(world.cleo)
  await assignTicket(world.ada, ticketId, world.tess)
  const hook = await startWebhook(desk, { types: ['ticket.tagged', 'comment.added'] }, { owner: 'tess', world })
  receivers.push(hook.receiver)
  const paused = "update webhooks set paused_until = now() + interval '1 hour' where tenant_id = $1"
  await desk.owner.query(paused, [world.tenantId])
  for (let number = 1; number <= waiting; number += 1) {
    expectStatus(await world.cleo.post(`/tickets/${ticketId}/comments`, { body: `Comment ${number}` }), 201)
  }
  await until('all wait', async () => (await hook.read()).waiting === waiting)
  return { ...hook, ticketId }
}

/** Lets the backlog go, and answers when the first messages are held by the receiver, with what lets them go on. */
const sendUntilHeld = async ({ world, receiver }: StartedWebhook, status = 200, headers = {}): Promise<() => void> => {
  const held: (() => void)[] = []
  let isOpen = false
  receiver.answer((_, response) => {
    if (isOpen) response.end()
    else held.push(() => response.writeHead(status, headers).end())
  })
  await desk.owner.query('update webhooks set paused_until = null, due_at = now() where tenant_id = $1', [
    world.tenantId,
  ])
  await until('the first are on their way', () => held.length === atOnce)
  return () => {
    isOpen = true
    for (const release of held) release()
  }
}

const untilGivenBack = ({ world }: StartedWebhook): Promise<void> =>
  until('nobody has the webhook', async () => {
    const held = 'select from webhooks where tenant_id = $1 and holder is not null'
    return (await desk.owner.query(held, [world.tenantId])).rowCount === 0
  })

type Backlog = StartedWebhook & { ticketId: string }

interface Change {
  prepare?: (hook: Backlog) => Promise<unknown>
  make: (hook: Backlog) => Promise<unknown>
  /** What the webhook's admin reads afterwards. */
  reads?: object
}

const changes: Record<string, Change> = {
  'it is deleted': { make: async ({ world, id }) => expectStatus(await world.tess.delete(`/webhooks/${id}`), 204) },
  'it is disabled': {
    make: async ({ world, id }) => bodyOf(await world.tess.patch(`/webhooks/${id}`, { state: 'disabled' })),
    reads: { state: 'disabled', disabled_reason: 'by_hand' },
  },
  'its owner is deactivated': {
    make: async ({ world }) => expectStatus(await world.ada.delete(`/technicians/${world.tess.id}`), 204),
    reads: { state: 'disabled', disabled_reason: 'owner_gone' },
  },
  'its owner is an admin no more': {
    prepare: async ({ world: { ada, tess, tom }, ticketId }) => {
      bodyOf(await ada.patch(`/people/${tess.id}`, { role: 'admin', current_password: password }))
      await assignTicket(ada, ticketId, tom)
    },
    make: async ({ world: { ada, tess } }) =>
      bodyOf(await ada.patch(`/people/${tess.id}`, { role: 'technician', category: 'Network', phone_number: '030 1' })),
  },
  'its tenant is suspended': {
    make: async ({ world }) => expectStatus(await createOperator(desk).post(`/tenants/${world.slug}/suspend`), 200),
  },
  'its owner loses the ticket': { make: ({ world, ticketId }) => assignTicket(world.ada, ticketId, world.tom) },
  'its address changes': {
    make: async ({ world, id, receiver }) =>
      bodyOf(await world.tess.patch(`/webhooks/${id}`, { url: `${receiver.url}/moved` })),
  },
}

test.each(Object.entries(changes))('in the middle of a batch %s: hardly anything more arrives', async (_, change) => {
  const hook = await startBacklog()
  await change.prepare?.(hook)
  const goOn = await sendUntilHeld(hook)
  await change.make(hook)
  goOn()
  await untilGivenBack(hook)
  const old = hook.receiver.received.filter(({ path }) => path === '/hook')
  expect(old.length).toBeLessThanOrEqual(portion)
  if (change.reads === undefined) return
  await until(
    'it is disabled',
    async () => bodyOf(await hook.world.ada.get(`/webhooks/${hook.id}`)).state !== 'enabled',
  )
  expect(bodyOf(await hook.world.ada.get(`/webhooks/${hook.id}`))).toMatchObject(change.reads)
})

test('what was read a second ago is read again, also for a message of the same portion', async () => {
  const hook = await startBacklog()
  const goOn = await sendUntilHeld(hook)
  expectStatus(await hook.world.tess.delete(`/webhooks/${hook.id}`), 204)
  await sleep(1_100)
  goOn()
  await untilGivenBack(hook)
  expect(hook.receiver.received).toHaveLength(atOnce)
})

test('a webhook that is told to keep the order in the middle of a batch has one message on its way from then on', async () => {
  const hook = await startBacklog()
  const goOn = await sendUntilHeld(hook)
  bodyOf(await hook.world.tess.patch(`/webhooks/${hook.id}`, { is_ordered: true }))
  const later: number[] = []
  let running = 0
  hook.receiver.answer(async (_, response) => {
    running += 1
    if (hook.receiver.received.length > portion) later.push(running)
    await sleep(20)
    running -= 1
    response.end()
  })
  goOn()
  await until('all is delivered', async () => (await hook.read()).waiting === 0)
  expect(later.length).toBeGreaterThanOrEqual(waiting - portion)
  expect(Math.max(...later)).toBe(1)
})

test('a batch goes on with a new secret, and with a new address', async () => {
  const hook = await startBacklog()
  const goOn = await sendUntilHeld(hook)
  const { secret } = expectStatus(await hook.world.tess.post(`/webhooks/${hook.id}/secrets`), 201).body
  bodyOf(await hook.world.tess.patch(`/webhooks/${hook.id}`, { url: `${hook.receiver.url}/moved` }))
  goOn()
  await until('all is delivered', async () => (await hook.read()).waiting === 0)
  const moved = hook.receiver.received.filter(({ path }) => path === '/hook/moved')
  expect(moved.length).toBeGreaterThanOrEqual(waiting - portion)
  expect(hook.receiver.received).toHaveLength(waiting)
  for (const { headers } of moved) expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2)
  expect(secret).toMatch(/^whsec_/)
})

test('an address that says 410 after it was changed does not disable the webhook, which goes on with the new one', async () => {
  const hook = await startBacklog()
  const goOn = await sendUntilHeld(hook, 410)
  bodyOf(await hook.world.tess.patch(`/webhooks/${hook.id}`, { url: `${hook.receiver.url}/moved` }))
  hook.receiver.answer(({ path }, response) => response.writeHead(path === '/hook' ? 410 : 200).end())
  goOn()
  await until('all is delivered', async () => (await hook.read()).waiting === 0)
  expect(await hook.read()).toMatchObject({ state: 'enabled' })
  const moved = hook.receiver.received.filter(({ path }) => path === '/hook/moved')
  expect(new Set(moved.map(({ id }) => id)).size).toBe(waiting)
})

test('what an address failed before it was changed puts nothing off at the new one', async () => {
  const hook = await startBacklog()
  const goOn = await sendUntilHeld(hook, 503, { 'Retry-After': '3600' })
  bodyOf(await hook.world.tess.patch(`/webhooks/${hook.id}`, { url: `${hook.receiver.url}/moved` }))
  const busy = { 'Retry-After': '3600' }
  hook.receiver.answer(({ path }, response) => {
    if (path === '/hook') response.writeHead(503, busy).end()
    else response.end()
  })
  goOn()
  await until('all is delivered', async () => (await hook.read()).waiting === 0)
  expect(await hook.read()).toMatchObject({ failures: 0, paused_until: null })
})
