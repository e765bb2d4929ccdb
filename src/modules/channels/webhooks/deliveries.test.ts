import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import {
  assignTicket,
  comment,
  createTicket,
  createTickets,
  deleteTicket,
} from '../../../testing/support/create-tickets.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectStatus } from '../../../testing/support/requests.ts'
import { type StartedWebhook, startWebhook } from '../../../testing/support/started-webhook.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
const receivers: WebhookReceiver[] = []
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
  await desk?.stop()
})

/** A webhook whose receiver is stopped at the end. */
const startHook = async (more: object = {}, owner: 'ada' | 'tess' = 'ada'): Promise<StartedWebhook> => {
  const hook = await startWebhook(desk, more, { owner })
  receivers.push(hook.receiver)
  return hook
}

const positionsAt = ({ receiver }: StartedWebhook): number[] => receiver.received.map(({ body }) => body.data.position)

test('an ordered webhook gets everything in order, although its receiver was down in between', async () => {
  const hook = await startHook({ is_ordered: true })
  const { world, receiver } = hook
  await createTickets(world.cleo, 3)
  await until('three came', () => receiver.received.length === 3)
  receiver.answer(503)
  await createTickets(world.cleo, 10)
  await desk.settled()
  await until('one failed', async () => (await hook.read()).failures > 0)
  const seen = receiver.received.length
  receiver.answer(200)
  await hook.untilIdle()
  await hook.elapse()
  await until('all are delivered', async () => (await hook.read()).waiting === 0)
  const after = [...new Set(positionsAt(hook))]
  expect(after).toHaveLength(13)
  expect(after).toEqual(after.toSorted((one, other) => one - other))
  // While it was down nothing but the oldest was tried.
  expect(new Set(positionsAt(hook).slice(3, seen)).size).toBe(1)
  expect(await hook.states()).toEqual(Array(13).fill('delivered'))
})

test('after five failures a webhook is probed with one message, and the others use up no attempts', async () => {
  const hook = await startHook()
  const { world, receiver } = hook
  receiver.answer(502)
  await desk.owner.query("update webhooks set paused_until = now() + interval '1 hour' where tenant_id = $1", [
    world.tenantId,
  ])
  await createTickets(world.cleo, 40)
  await until('all wait', async () => (await hook.read()).waiting === 40)
  await hook.elapse()
  await until('it is probed only', async () => (await hook.read()).failures >= 5)
  await hook.untilIdle()
  const before = receiver.received.length
  expect(before).toBeLessThan(30)
  await hook.elapse()
  await until('one probe came', () => receiver.received.length === before + 1)
  await hook.untilIdle()
  await createTicket(world.cleo)
  await desk.settled()
  expect(receiver.received).toHaveLength(before + 1)
  const { rows } = await desk.owner.query(
    'select max(attempts) as most, count(*) filter (where attempts = 0) as untouched from webhook_deliveries where tenant_id = $1',
    [world.tenantId],
  )
  expect(Number(rows[0].most)).toBeLessThanOrEqual(1)
  expect(Number(rows[0].untouched)).toBeGreaterThanOrEqual(5)
  receiver.answer(200)
  await hook.elapse()
  await until('all are delivered', async () => (await hook.read()).waiting === 0)
  expect(await hook.states()).toEqual(Array(41).fill('delivered'))
  expect((await hook.read()).failures).toBe(0)
})

test('a message that is refused again and again is given up after ten attempts, and others go on', async () => {
  const hook = await startHook()
  const { world, receiver } = hook
  receiver.answer(({ body }, response) => response.writeHead(body.data.ticket.subject === 'Poison' ? 422 : 200).end())
  await createTicket(world.cleo, { subject: 'Poison' })
  // A little more than the longest delay after each attempt: 92 hours, and not five days.
  for (const [tries, hours] of [0.1, 0.1, 0.6, 2.5, 6.1, 12.1, 17, 24.1, 29].entries()) {
    await until(`attempt ${tries + 1} came`, () => receiver.received.length > tries)
    await hook.untilIdle()
    await hook.elapse(hours)
  }
  await until('it is given up', async () => (await hook.states()).join() === 'failed')
  // It looks as if the receiver was away, so the next message waits for the probe.
  await createTicket(world.cleo)
  await desk.settled()
  await hook.elapse(0.2)
  await until('the next came', async () => (await hook.states()).join() === 'failed,delivered')
  expect(receiver.received).toHaveLength(11)
})

test('Retry-After puts off the whole webhook', async () => {
  const hook = await startHook()
  const { world, receiver } = hook
  receiver.answer((_, response) => response.writeHead(429, { 'Retry-After': '7200' }).end())
  await createTicket(world.cleo)
  await until('it failed once', async () => (await hook.read()).failures === 1)
  await hook.untilIdle()
  const { next_attempt_at: next } = await hook.read()
  const minutes = (Date.parse(String(next)) - Date.now()) / 60_000
  expect(minutes).toBeGreaterThan(110)
  expect(minutes).toBeLessThan(121)
  await createTicket(world.cleo)
  await desk.settled()
  await hook.untilIdle()
  expect(receiver.received).toHaveLength(1)
  receiver.answer(200)
  await hook.elapse()
  await until('both are delivered', async () => (await hook.read()).waiting === 0)
})

test('410 disables at once, with an event and a mail to its owner; enabled, it gets what waited', async () => {
  const hook = await startHook()
  const { world, receiver } = hook
  receiver.answer(410)
  await createTicket(world.cleo)
  await until('it is disabled', async () => (await hook.read()).state === 'disabled')
  expect(await hook.read()).toMatchObject({ disabled_reason: 'gone', disabled_at: expect.any(String), waiting: 1 })
  const [event] = await recordedEvents(desk, world, 'webhook.disabled')
  expect(event).toMatchObject({ actor_id: null, details: { reason: 'gone', account_id: 'ada' } })
  await desk.settled()
  const mails = bodyOf(await world.ada.get('/emails?template=webhook_disabled')).emails
  expect(mails).toHaveLength(1)
  const { text } = bodyOf(await world.ada.get(`/emails/${mails[0].email_id}`))
  expect(text).toContain(`${desk.app.config.PUBLIC_URL}/t/${world.slug}`)
  expect(text).not.toContain('/hook')
  await createTicket(world.cleo)
  await desk.settled()
  expect(receiver.received).toHaveLength(1)
  receiver.answer(200)
  bodyOf(await world.ada.patch(`/webhooks/${hook.id}`, { state: 'enabled' }))
  await until('what waited is delivered', async () => (await hook.states()).join() === 'delivered')
  // What happened meanwhile comes when it is asked for.
  const { count } = bodyOf(await world.ada.post(`/webhooks/${hook.id}/resend`, { since: '2020-01-01' }))
  expect(count).toBe(2)
  await until('the other came, too', async () => (await hook.states()).join() === 'delivered,delivered')
})

test('five days without a success disable it', async () => {
  const hook = await startHook()
  const { world, receiver } = hook
  // It asks to wait, so that no attempt comes before time goes by.
  receiver.answer((_, response) => response.writeHead(500, { 'Retry-After': '3600' }).end())
  await createTicket(world.cleo)
  await until('it failed', async () => (await hook.read()).failures === 1)
  await hook.untilIdle()
  await hook.elapse(119)
  await until('it failed again', async () => (await hook.read()).failures === 2)
  await hook.untilIdle()
  expect((await hook.read()).state).toBe('enabled')
  await hook.elapse(2)
  await hook.elapse(0.1)
  await until('it is disabled', async () => (await hook.read()).state === 'disabled')
  expect(await hook.read()).toMatchObject({ disabled_reason: 'failing' })
})

test('a technician is told of their tickets only, of no positions, and not of a ticket that they lost meanwhile', async () => {
  const hook = await startHook({ types: ['ticket.assigned', 'comment.added'] }, 'tess')
  const { world, receiver } = hook
  const { ada, tess, tom, cleo } = world
  const [seen = '', lost = '', foreign = ''] = await createTickets(cleo, 3, { issue_category: 'Printer' })
  await assignTicket(ada, foreign, tom)
  await assignTicket(ada, seen, tess)
  await until('theirs came', () => receiver.received.length === 1)
  // Of what they do not see there is not even a row.
  expect(await hook.states()).toHaveLength(1)
  const [message] = receiver.received
  expect(message?.body.data).toMatchObject({ subject_id: seen, position: null })
  expect(message?.id).toMatch(/^evt_[a-z0-9]{12}_\d+_[0-9a-f]{32}$/)
  receiver.answer(503)
  await assignTicket(ada, lost, tess)
  await until('it failed', async () => (await hook.read()).failures > 0)
  await hook.untilIdle()
  await assignTicket(ada, lost, tom)
  receiver.answer(200)
  await hook.elapse()
  await until('it was looked at', async () => (await hook.states()).at(-1) === 'skipped')
  // Nor does the list tell them what they lost.
  const { deliveries } = bodyOf(await tess.get(`/webhooks/${hook.id}/deliveries`))
  expect(deliveries.map(({ subject_id }: { subject_id: string }) => subject_id)).toEqual([seen])
  expect(deliveries[0]).toMatchObject({ position: null, delivery_id: message?.id })
  expectStatus(await tess.get(`/webhooks/${hook.id}/deliveries/${message?.id}`), 200)
  const plain = String(message?.id).replace(/[0-9a-f]{32}$/, '1')
  expect((await tess.get(`/webhooks/${hook.id}/deliveries/${plain}`)).status).toBe(404)
})

test('internal comments are told only where the webhook says so, also in their tickets', async () => {
  const open = await startHook({ types: ['comment.added'], includes_internal: true })
  const { world } = open
  const outer = await startWebhookReceiver()
  receivers.push(outer)
  bodyOf(await world.ada.post('/webhooks', { url: outer.url, types: ['comment.added'] }))
  const id = await createTicket(world.cleo)
  await world.ada.put(`/tickets/${id}/tags/vpn`)
  expectStatus(await world.ada.post(`/tickets/${id}/comments`, { body: 'Between us.', visibility: 'internal' }), 201)
  expectStatus(await world.ada.post(`/tickets/${id}/comments`, { body: 'For all.', visibility: 'public' }), 201)
  await until('all came', () => open.receiver.received.length === 2 && outer.received.length === 1)
  expect(open.receiver.received.map(({ body }) => body.data.comment.body).toSorted()).toEqual([
    'Between us.',
    'For all.',
  ])
  expect(open.receiver.received[0]?.body.data.ticket.tags).toEqual(['vpn'])
  expect(outer.received[0]?.body.data).toMatchObject({ comment: { body: 'For all.' }, ticket: { tags: null } })
  expect(outer.received[0]?.raw).not.toContain('Between us')
})

test('a long text is cut, and the message says so; a comment that is gone, or an act taken back, is not told', async () => {
  const hook = await startHook({ types: ['comment.added'], is_ordered: true })
  const { world, receiver } = hook
  const id = await createTicket(world.cleo)
  // After 4,000 bytes a character is cut in half.
  await comment(world.cleo, id, `a${'💥'.repeat(4_000)}`)
  await until('it came', () => receiver.received.length === 1)
  const [long] = receiver.received
  expect(Buffer.byteLength(long?.raw ?? '')).toBeLessThan(20_000)
  expect(long?.body.data.truncated).toEqual(['comment.body'])
  expect(long?.body.data.comment.body).toBe(`a${'💥'.repeat(999)}`)
  receiver.answer(503)
  await comment(world.cleo, id, 'first')
  await until('it failed', async () => (await hook.read()).failures > 0)
  const said = bodyOf(await world.cleo.post(`/tickets/${id}/comments`, { body: 'Slip', undo_seconds: 30 }))
  bodyOf(await world.cleo.post('/undo', { token: said.undo_token }))
  await desk.settled()
  await hook.untilIdle()
  receiver.answer(200)
  await hook.elapse()
  await until('all is settled', async () => (await hook.read()).waiting === 0)
  expect(await hook.states()).toEqual(['delivered', 'delivered', 'skipped'])
})

test('tenants are apart, and a deleted ticket is not told', async () => {
  const hook = await startHook({ types: null })
  const other = await createWorld(desk)
  await createTicket(other.cleo)
  hook.receiver.answer(503)
  const id = await createTicket(hook.world.cleo)
  await until('it failed', async () => (await hook.read()).failures > 0)
  await deleteTicket(hook.world.ada, id)
  for (const message of hook.receiver.received) expect(message.id).toContain(`_${hook.world.tenantId}_`)
  for (const path of [`/webhooks/${hook.id}`, `/webhooks/${hook.id}/deliveries`]) {
    expect((await other.ada.get(path)).body.webhook_id ?? 'none').toBe('none')
  }
})

test('who leaves is told nothing more, and the webhook is disabled', async () => {
  const hook = await startHook({ types: ['ticket.assigned'] }, 'tess')
  const { ada, tess, cleo } = hook.world
  hook.receiver.answer(503)
  await assignTicket(ada, await createTicket(cleo), tess)
  await until('it failed', async () => (await hook.read()).failures > 0)
  await hook.untilIdle()
  expectStatus(await ada.delete(`/technicians/${tess.id}`), 204)
  const before = hook.receiver.received.length
  await hook.elapse()
  const read = async () => bodyOf(await ada.get(`/webhooks/${hook.id}`))
  await until('it is disabled', async () => (await read()).state === 'disabled')
  expect(await read()).toMatchObject({ disabled_reason: 'owner_gone' })
  expect(hook.receiver.received).toHaveLength(before)
})
