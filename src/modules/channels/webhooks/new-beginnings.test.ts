import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { type StartedWebhook, startWebhook } from '../../../testing/support/started-webhook.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

// A webhook begins anew at another address, and when somebody enables it. What it was told before then counts no more.

let desk: Desk
const receivers: WebhookReceiver[] = []
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
  await desk?.stop()
})

/** What a webhook and its delivery are in the database, beyond what they are at first. */
interface Past {
  webhook?: string
  delivery?: string
}

const failingForLong: Past = { webhook: "failures = 3, failing_since = now() - interval '6 days'" }
const atItsLastAttempt: Past = { delivery: 'attempts = 9, tries = 9' }

/** A webhook with a past, and one message that its receiver holds. `answer` says what becomes of it. */
const startHeld = async ({ webhook = 'paused_until = null', delivery = 'tries = tries' }: Past) => {
  const world = await createWorld(desk)
  const ticketId = await createTicket(world.cleo)
  const hook = await startWebhook(desk, { types: ['comment.added'] }, { world })
  receivers.push(hook.receiver)
  const change = (table: string, set: string) =>
    desk.owner.query(`update ${table} set ${set} where tenant_id = $1`, [world.tenantId])
  await change('webhooks', "paused_until = now() + interval '1 hour'")
  const say = () => comment(world.cleo, ticketId, 'Hello')
  await say()
  await until('it waits', async () => (await hook.read()).waiting === 1)
  let answer: ((status: number) => void) | null = null
  hook.receiver.answer(({ path }, response) => {
    if (path !== '/hook' || answer !== null) response.end()
    else answer = (status) => response.writeHead(status).end()
  })
  await change('webhook_deliveries', delivery)
  await change('webhooks', webhook)
  await change('webhooks', 'paused_until = null, due_at = now()')
  await until('the message is on its way', () => answer !== null)
  return { ...hook, say, answer: (status: number) => answer?.(status) }
}

const changes: [string, (hook: StartedWebhook) => Promise<unknown>][] = [
  [
    'got another address',
    async ({ world, id, receiver }) =>
      bodyOf(await world.ada.patch(`/webhooks/${id}`, { url: `${receiver.url}/moved` })),
  ],
  [
    'was enabled again',
    async ({ world, id }) => {
      for (const state of ['disabled', 'enabled']) bodyOf(await world.ada.patch(`/webhooks/${id}`, { state }))
    },
  ],
]

test.each(changes)('a webhook that %s is not disabled for what failed before', async (_, change) => {
  const hook = await startHeld(failingForLong)
  await change(hook)
  hook.answer(503)
  await until('it is delivered', async () => (await hook.states()).join() === 'delivered')
  await hook.untilIdle()
  expect(await hook.read()).toMatchObject({ state: 'enabled', failures: 0, failing_since: null })
})

test.each(changes)(
  'a webhook that %s is not disabled, although its receiver said that it is gone',
  async (_, change) => {
    const hook = await startHeld({})
    await change(hook)
    hook.answer(410)
    await until('it is delivered', async () => (await hook.states()).join() === 'delivered')
    await hook.untilIdle()
    expect(await hook.read()).toMatchObject({ state: 'enabled' })
  },
)

test.each(changes)(
  'the last attempt of a message fails, and its webhook %s: it has ten attempts more',
  async (_, change) => {
    const hook = await startHeld(atItsLastAttempt)
    await change(hook)
    hook.receiver.answer(400)
    hook.answer(400)
    const read = async () => bodyOf(await hook.world.ada.get(`/webhooks/${hook.id}/deliveries`)).deliveries[0]
    await until('it was tried anew', async () => (await read()).attempts === 11)
    await hook.untilIdle()
    const { delivery_id } = await read()
    const whole = bodyOf(await hook.world.ada.get(`/webhooks/${hook.id}/deliveries/${delivery_id}`))
    expect(whole).toMatchObject({ state: 'waiting', attempts_left: 9 })
  },
)

test.each([{ description: 'Other' }, { types: ['comment.*'] }])(
  'what arrives while %j changes ends the failures, because the receiver is the same',
  async (change) => {
    const hook = await startHeld(failingForLong)
    bodyOf(await hook.world.ada.patch(`/webhooks/${hook.id}`, change))
    hook.answer(200)
    await hook.untilIdle()
    expect(await hook.read()).toMatchObject({ failures: 0, failing_since: null, last_success_at: expect.any(String) })
    hook.receiver.answer(503)
    await hook.say()
    await until('the next one failed', async () => (await hook.read()).failures === 1)
    await hook.untilIdle()
    expect(await hook.read()).toMatchObject({ state: 'enabled' })
  },
)

test('what fails while the secret changes counts, because the receiver is the same', async () => {
  const hook = await startHeld(failingForLong)
  await hook.world.ada.post(`/webhooks/${hook.id}/secrets`)
  hook.answer(503)
  await until('it is disabled', async () => (await hook.read()).state === 'disabled')
  expect(await hook.read()).toMatchObject({ disabled_reason: 'failing', failures: 4 })
})

test('all that was put off comes at once when its webhook is enabled, however much it is', async () => {
  const hook = await startHeld({})
  bodyOf(await hook.world.ada.patch(`/webhooks/${hook.id}`, { state: 'disabled' }))
  hook.answer(503)
  await hook.untilIdle()
  // Behind it there are many whose events are not in the log: nothing of them is sent.
  const of = [hook.world.tenantId, Number(hook.id.slice('WHK'.length))]
  await desk.owner.query(
    `insert into webhook_deliveries (tenant_id, webhook_number, position, epoch, tries, attempts, due_at)
     select $1, $2, 1000000 + n, 'epoch', 4, 4, now() + interval '10 hours' from generate_series(1, 2500) n`,
    of,
  )
  bodyOf(await hook.world.ada.patch(`/webhooks/${hook.id}`, { state: 'enabled' }))
  const rest =
    'select from webhook_deliveries where tenant_id = $1 and webhook_number = $2 and (attempts > 1 or due_at > now())'
  await until('all is renewed', async () => (await desk.owner.query(rest, of)).rowCount === 0)
  await desk.owner.query(
    'delete from webhook_deliveries where tenant_id = $1 and webhook_number = $2 and position > 1000000',
    of,
  )
  await until('it is delivered', async () => (await hook.states()).join() === 'delivered')
})
