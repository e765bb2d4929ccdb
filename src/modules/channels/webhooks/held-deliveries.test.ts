import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, type World } from '../../../testing/support/people.ts'
import { bodyOf } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ settings: { WEBHOOK_ALLOW_HOSTS: '127.0.0.1' } })
})
const receivers: WebhookReceiver[] = []
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
  await desk?.stop()
})

/** A webhook that is told of comments, and what its receiver heard. */
const startHook = async ({ ada }: World, isOrdered: boolean) => {
  const receiver = await startWebhookReceiver()
  receivers.push(receiver)
  const body = { url: receiver.url, types: ['comment.added'], is_ordered: isOrdered }
  const { webhook_id: id } = bodyOf(await ada.post('/webhooks', body))
  return {
    id,
    receiver,
    said: (): string[] => receiver.received.map(({ body: { data } }) => data.comment.body),
    states: async (): Promise<string> =>
      bodyOf(await ada.get(`/webhooks/${id}/deliveries`))
        .deliveries.map(({ state }: { state: string }) => state)
        .reverse()
        .join(),
    waiting: async (): Promise<number> => bodyOf(await ada.get(`/webhooks/${id}`)).waiting,
    failures: async (): Promise<number> => bodyOf(await ada.get(`/webhooks/${id}`)).failures,
  }
}

/** Says what may be taken back for 30 seconds. Answers with the token for that. */
const sayUndoably = async (person: Person, ticketId: string, body: string): Promise<string> =>
  bodyOf(await person.post(`/tickets/${ticketId}/comments`, { body, undo_seconds: 30 })).undo_token

/** Lets the time of an undo go by, and a day for what was tried; with `isTried` for that only. */
const elapse = (tenantId: number, { isTried = false } = {}): Promise<unknown> =>
  desk.owner.query(
    `with d as (update webhook_deliveries set due_at = due_at - case when tries > 0 then interval '1 day' else interval '31 seconds' end
       where tenant_id = $1 and state = 'waiting' and (tries > 0 or not $2))
     update webhooks set due_at = now(), paused_until = null where tenant_id = $1`,
    [tenantId, isTried],
  )

/** Waits until nobody has a webhook of the tenant, so that a test may change what is due. */
const untilIdle = (tenantId: number): Promise<void> =>
  until('nobody has a webhook', async () => {
    const { rowCount } = await desk.owner.query(
      'select from webhooks where tenant_id = $1 and (holder is not null or due_at <= now())',
      [tenantId],
    )
    return rowCount === 0
  })

test('an act that may be taken back is told when the time for that is over, and one that was taken back never', async () => {
  const world = await createWorld(desk)
  const { cleo, tenantId } = world
  const [loose, ordered] = [await startHook(world, false), await startHook(world, true)]
  const [id, other] = [await createTicket(cleo), await createTicket(cleo)]
  const slip = await sayUndoably(cleo, other, 'Slip')
  await sayUndoably(cleo, id, 'Meant')
  await comment(cleo, id, 'Later')
  await until('what nobody can take back came', () => loose.said().join() === 'Later')
  await untilIdle(tenantId)
  // A webhook in order keeps its order.
  expect(ordered.said()).toEqual([])
  expect(await ordered.states()).toBe('waiting,waiting,waiting')
  bodyOf(await cleo.post('/undo', { token: slip }))
  await desk.settled()
  await elapse(tenantId)
  await until('all is settled', async () => (await loose.waiting()) + (await ordered.waiting()) === 0)
  expect(loose.said()).toEqual(['Later', 'Meant'])
  expect(ordered.said()).toEqual(['Meant', 'Later'])
  expect(await loose.states()).toBe('skipped,delivered,delivered')
})

test('neither a resend nor a receiver that is well again tells what may still be taken back', async () => {
  const world = await createWorld(desk)
  const { ada, cleo, tenantId } = world
  const hook = await startHook(world, false)
  const id = await createTicket(cleo)
  hook.receiver.answer(503)
  for (const text of ['1', '2', '3', '4', '5', '6']) await comment(cleo, id, text)
  await until('it is probed', async () => (await hook.failures()) >= 5)
  await sayUndoably(cleo, id, 'Held')
  await desk.settled()
  await untilIdle(tenantId)
  hook.receiver.answer(200)
  await elapse(tenantId, { isTried: true })
  await until('the others are delivered', async () => (await hook.waiting()) === 1)
  await untilIdle(tenantId)
  const [held] = bodyOf(await ada.get(`/webhooks/${hook.id}/deliveries`)).deliveries
  bodyOf(await ada.post(`/webhooks/${hook.id}/deliveries/${held.delivery_id}/resend`))
  const before = hook.said().length
  bodyOf(await ada.post(`/webhooks/${hook.id}/resend`, { since: '2020-01-01' }))
  await until('the others came again', () => hook.said().length === before + 6)
  await untilIdle(tenantId)
  expect(hook.said()).not.toContain('Held')
  await elapse(tenantId)
  await until('it came', () => hook.said().at(-1) === 'Held')
})

test('in order, what may still be taken back does not go along with what is before it', async () => {
  const world = await createWorld(desk)
  const { cleo, tenantId } = world
  const hook = await startHook(world, true)
  const id = await createTicket(cleo)
  hook.receiver.answer(503)
  await comment(cleo, id, 'First')
  await until('it failed', async () => (await hook.failures()) > 0)
  await sayUndoably(cleo, id, 'Held')
  await desk.settled()
  await untilIdle(tenantId)
  hook.receiver.answer(200)
  await elapse(tenantId, { isTried: true })
  await until('the first is delivered', async () => (await hook.waiting()) === 1)
  await untilIdle(tenantId)
  expect(hook.said()).not.toContain('Held')
  await elapse(tenantId)
  await until('it came', () => hook.said().at(-1) === 'Held')
})
