import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { assignTicket, comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectStatus } from '../../../testing/support/requests.ts'
import { type StartedWebhook, startWebhook } from '../../../testing/support/started-webhook.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, type DeskOptions, startDesk } from '../../../testing/support/workspace.ts'
import { disableOwnerless, sealAnew } from './webhook-upkeep.service.ts'

let desk: Desk
const receivers: WebhookReceiver[] = []
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
  await desk?.stop()
})

const startHook = async (more: object = {}, owner: 'ada' | 'tess' = 'ada', at = desk): Promise<StartedWebhook> => {
  const hook = await startWebhook(at, more, { owner })
  receivers.push(hook.receiver)
  return hook
}

/** Fails, and asks to wait, so that no second attempt comes before a test lets time go by. */
const failing: Parameters<WebhookReceiver['answer']>[0] = (_, response) =>
  response.writeHead(503, { 'Retry-After': '3600' }).end()

const untilDelivered = (hook: StartedWebhook): Promise<void> =>
  until('it is delivered', async () => (await hook.states()).join() === 'delivered')

test('of the attempts of a delivery the last twenty are kept', async () => {
  const hook = await startHook()
  const { world, id } = hook
  hook.receiver.answer(failing)
  await createTicket(world.cleo)
  await until('it failed', async () => (await hook.read()).failures > 0)
  await hook.untilIdle()
  const of = [world.tenantId]
  await desk.owner.query(
    `insert into webhook_attempts (tenant_id, webhook_number, position, try_number, attempted_at, duration_ms)
     select a.tenant_id, a.webhook_number, a.position, n, a.attempted_at, n from webhook_attempts a, generate_series(2, 20) n
     where a.tenant_id = $1`,
    of,
  )
  await desk.owner.query('update webhook_deliveries set tries = 20 where tenant_id = $1', of)
  hook.receiver.answer(200)
  await hook.elapse()
  await untilDelivered(hook)
  const { rows } = await desk.owner.query(
    'select count(*)::integer as kept, min(try_number) as first from webhook_attempts where tenant_id = $1',
    of,
  )
  expect(rows).toEqual([{ kept: 20, first: 2 }])
  const [{ delivery_id }] = bodyOf(await world.ada.get(`/webhooks/${id}/deliveries`)).deliveries
  const whole = bodyOf(await world.ada.get(`/webhooks/${id}/deliveries/${delivery_id}`))
  expect(whole.attempts).toBe(21)
  expect(whole.attempts_made).toHaveLength(20)
})

test('what this process claimed and does not have in hand, and what a dead one has, is sent', async () => {
  const [{ holder }] = (await desk.owner.query('select process_id as holder from worker_processes')).rows
  for (const [claimedBy, seconds] of [
    [holder, 0],
    [randomUUID(), 31],
  ]) {
    const hook = await startHook()
    await desk.owner.query(
      `update webhooks set holder = $2, held_at = now() - make_interval(secs => $3)
       where tenant_id = $1`,
      [hook.world.tenantId, claimedBy, seconds],
    )
    await createTicket(hook.world.cleo)
    await untilDelivered(hook)
  }
})

test('what another process has is left alone', async () => {
  const [other, hook] = [await startHook(), await startHook()]
  await desk.owner.query('update webhooks set holder = $2, held_at = now() where tenant_id = $1', [
    other.world.tenantId,
    randomUUID(),
  ])
  await createTicket(other.world.cleo)
  await createTicket(hook.world.cleo)
  await untilDelivered(hook)
  expect(other.receiver.received).toEqual([])
  await desk.owner.query('update webhooks set holder = null, due_at = now() where tenant_id = $1', [
    other.world.tenantId,
  ])
  await untilDelivered(other)
})

test('a resend goes back 100,000 events at most, however it is asked for', async () => {
  const hook = await startHook()
  const { ada, cleo, tenantId } = hook.world
  await createTicket(cleo)
  await untilDelivered(hook)
  const [{ delivery_id, position }] = bodyOf(await ada.get(`/webhooks/${hook.id}/deliveries`)).deliveries
  const headAt = (head: number) =>
    desk.owner.query('update event_heads set position = $2 where tenant_id = $1', [tenantId, head])
  const { rows } = await desk.owner.query('select position from event_heads where tenant_id = $1', [tenantId])
  const resend = (body: object) => ada.post(`/webhooks/${hook.id}/resend`, { ...body, dry_run: true })
  await headAt(position - 1 + 100_001)
  for (const [member, body] of Object.entries({
    since: { since: '2020-01-01' },
    from: { from: delivery_id },
    from_position: { from_position: position },
  })) {
    const refused = expectStatus(await resend(body), 400)
    expect(refused.body.code).toBe('validation_failed')
    expect(refused.body.errors).toMatchObject([{ field: member, code: 'too_far' }])
  }
  await headAt(position - 1 + 100_000)
  expect(bodyOf(await resend({ from: delivery_id })).count).toBe(1)
  expect(bodyOf(await resend({ from_position: position })).count).toBe(1)
  await headAt(Number(rows[0].position))
})

test('secrets are sealed anew with the newest key, and what cannot be opened is told and is not sent', async () => {
  const [older, newer] = ['older-only-for-tests-8Wm2Yc6Tn0Lx5Kb9zz', 'newer-only-for-tests-8Wm2Yc6Tn0Lx5Kb9zz']
  const at = async (SECRETS_KEY: string, use: (other: Desk) => Promise<void>, more: DeskOptions = {}) => {
    const other = await startDesk({ ...more, settings: { SECRETS_KEY } })
    await use(other)
    await other.stop()
  }
  await at(older, async (first) => {
    const { databaseUrl } = first
    const hook = await startHook({ is_ordered: true }, 'ada', first)
    const secrets = async () =>
      (await first.owner.query('select secret, previous_secret from webhooks')).rows[0] as Record<string, string>
    expectStatus(await hook.world.ada.post(`/webhooks/${hook.id}/secrets`), 201)
    const before = await secrets()
    await at(newer, async ({ app }) => expect((await sealAnew(app)).join()).toMatch(/^2 secrets of webhooks/), {
      databaseUrl,
      withWorker: false,
    })
    expect(await secrets()).toEqual(before)
    await at(`${newer},${older}`, async ({ app }) => expect(await sealAnew(app)).toEqual([]), {
      databaseUrl,
      withWorker: false,
    })
    const after = await secrets()
    expect(after.secret).not.toBe(before.secret)
    expect(after.previous_secret).not.toBe(before.previous_secret)
    // The older key alone opens nothing now, and nothing is sent unsigned.
    await createTicket(hook.world.cleo)
    await until('it was tried', async () => (await hook.read()).failures > 0)
    expect(hook.receiver.received).toEqual([])
    const [{ delivery_id }] = bodyOf(await hook.world.ada.get(`/webhooks/${hook.id}/deliveries`)).deliveries
    const tried = bodyOf(await hook.world.ada.get(`/webhooks/${hook.id}/deliveries/${delivery_id}`))
    expect(tried.attempts_made[0]).toMatchObject({ fault: 'secret_unreadable', status: null })
    await at(newer, async ({ app }) => expect(await sealAnew(app)).toEqual([]), { databaseUrl, withWorker: false })
  })
})

/** The webhook is disabled, by the program; an event and a mail to its admins say so. */
const expectDisabled = async ({ world, id }: StartedWebhook, reason: string, owner: string): Promise<void> => {
  const read = async () => bodyOf(await world.ada.get(`/webhooks/${id}`))
  await until('it is disabled', async () => (await read()).state === 'disabled')
  expect(await read()).toMatchObject({ disabled_reason: reason })
  const events = await recordedEvents(desk, world, 'webhook.disabled')
  expect(events).toMatchObject([{ actor_id: null, subject_id: id, details: { reason, account_id: owner } }])
  await desk.settled()
  const { emails } = bodyOf(await world.ada.get('/emails?template=webhook_disabled'))
  expect(emails.map(({ recipient_email: to }: { recipient_email: string }) => to)).toContain(world.ada.email)
}

test('after five days without a success a webhook is disabled, and its owner is told; a success begins anew', async () => {
  const hook = await startHook()
  hook.receiver.answer(failing)
  await createTicket(hook.world.cleo)
  await until('it failed', async () => (await hook.read()).failures === 1)
  await hook.untilIdle()
  hook.receiver.answer(200)
  await hook.elapse(119)
  await untilDelivered(hook)
  await hook.untilIdle()
  hook.receiver.answer(failing)
  await createTicket(hook.world.cleo)
  await until('it failed again', async () => (await hook.read()).failures === 1)
  await hook.untilIdle()
  await hook.elapse(119)
  await until('it failed once more', async () => (await hook.read()).failures === 2)
  await hook.untilIdle()
  expect((await hook.read()).state).toBe('enabled')
  await hook.elapse(2)
  await expectDisabled(hook, 'failing', 'ada')
})

test('a webhook whose owner has gone is disabled, also when nothing waits for it', async () => {
  const hook = await startHook({ types: ['comment.added'] }, 'tess')
  const { ada, tess, cleo } = hook.world
  const ticketId = await createTicket(cleo)
  await assignTicket(ada, ticketId, tess)
  expectStatus(await ada.delete(`/technicians/${tess.id}`), 204)
  await comment(cleo, ticketId, 'Still down.')
  await desk.settled()
  expect(await disableOwnerless(desk.app, 100)).toBe(1)
  await expectDisabled(hook, 'owner_gone', tess.id)
  expect(await disableOwnerless(desk.app, 100)).toBe(0)
  expect(hook.receiver.received).toEqual([])
})
