import { afterAll, beforeAll, expect, test } from 'vitest'
import { transaction } from '../../../platform/db/transaction.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type World } from '../../../testing/support/people.ts'
import { recordedEvents } from '../../../testing/support/recorded-events.ts'
import { bodyOf, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { until, untilLockIsAwaited } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'
import { removeOldDeliveries } from './webhook-upkeep.service.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
const receivers: WebhookReceiver[] = []
afterAll(async () => {
  for (const receiver of receivers) await receiver.stop()
  await desk?.stop()
})

interface Delivery {
  delivery_id: string
  position: number
  occurred_at: string
  subject_id: string
}

/** An ordered webhook of new tickets, whose receiver got three, with comments between them. */
const startHook = async (more: object = {}) => {
  const world = await createWorld(desk)
  const receiver = await startWebhookReceiver()
  receivers.push(receiver)
  const wanted = { url: receiver.url, types: ['ticket.created'], is_ordered: true, ...more }
  const { webhook_id: id } = bodyOf(await world.ada.post('/webhooks', wanted))
  for (let made = 0; made < 3; made += 1) await comment(world.cleo, await createTicket(world.cleo), 'Still down.')
  const path = `/webhooks/${id}`
  const read = async () => bodyOf(await world.ada.get(path))
  const untilQuiet = () =>
    until('nothing waits', async () => {
      const { waiting, is_resending: isResending } = await read()
      return waiting === 0 && !isResending
    })
  await until('three came', () => receiver.received.length === 3)
  await untilQuiet()
  const deliveries: Delivery[] = bodyOf(await world.ada.get(`${path}/deliveries`)).deliveries.toReversed()
  return {
    world,
    receiver,
    path,
    read,
    untilQuiet,
    deliveries,
    ids: deliveries.map(({ delivery_id: deliveryId }) => deliveryId),
    resend: (body: object) => world.ada.post(`${path}/resend`, body),
    /** The ids that came since the last time. */
    news: () => receiver.received.splice(0).map((message) => message.id),
  }
}

const skipped = (world: World): Promise<unknown> =>
  desk.owner.query(
    `insert into events (tenant_id, type, subject_id, actor_role)
     select $1, 'ticket.viewed', 'TKT0001', 'system' from generate_series(1, 2300)`,
    [world.tenantId],
  )

test('everything from a position, from a delivery or from a time on comes once more, in order, of its types', async () => {
  const { ids, deliveries, resend, news, untilQuiet, world, path } = await startHook()
  expect(news()).toEqual(ids)
  const [, second] = deliveries
  const starts = [
    { from_position: second?.position },
    { from: second?.delivery_id },
    { since: second?.occurred_at },
    // The comment before it is of no type that the webhook wants.
    { from_position: (second?.position ?? 0) - 1 },
  ]
  for (const start of starts) {
    expect(expectStatus(await resend({ ...start, dry_run: true }), 202).body).toEqual({ count: 2, dry_run: true })
    expect(news()).toEqual([])
    expect(expectStatus(await resend(start), 202).body).toEqual({ count: 2, dry_run: false })
    await untilQuiet()
    expect([start, news()]).toEqual([start, ids.slice(1)])
  }
  // Another choice of types holds for what is told from now on, and for what is told once more.
  bodyOf(await world.ada.patch(path, { types: ['comment.added'] }))
  expect(bodyOf(await resend({ from_position: 1 })).count).toBe(3)
  await untilQuiet()
  const commented = news()
  expect(commented).toHaveLength(3)
  expect(commented.filter((id) => ids.includes(id))).toEqual([])
  expect(await recordedEvents(desk, world, 'webhook.resent')).toHaveLength(5)
})

test('what still waits is sent once, in its place; who asks twice gets everything, in order', async () => {
  const { ids, resend, news, untilQuiet, read, world, receiver, path } = await startHook()
  receiver.answer(503)
  await createTicket(world.cleo)
  await until('it failed', async () => (await read()).failures > 0)
  // Nothing is sent while both are asked for.
  bodyOf(await world.ada.patch(path, { state: 'disabled' }))
  await until('nobody has it', async () => {
    const held = await desk.owner.query('select from webhooks where tenant_id = $1 and holder is not null', [
      world.tenantId,
    ])
    return held.rowCount === 0
  })
  news()
  receiver.answer(200)
  const replies = await Promise.all([resend({ from: ids[1] }), resend({ from: ids[0] }), resend({ from: ids[2] })])
  expect(replies.map((reply) => expectStatus(reply, 202).body.count).toSorted()).toEqual([2, 3, 4])
  bodyOf(await world.ada.patch(path, { state: 'enabled' }))
  await untilQuiet()
  const came = news()
  expect(came.slice(0, 3)).toEqual(ids)
  expect(new Set(came).size).toBe(4)
  expect(came).toHaveLength(4)
  expect(await recordedEvents(desk, world, 'webhook.resent')).toHaveLength(3)
})

test('a resend goes on over many events, a step at a time, and the same key is one resend', async () => {
  const { ids, news, untilQuiet, world, path } = await startHook()
  news()
  await skipped(world)
  const last = await createTicket(world.cleo)
  await until('the last came', async () => {
    const [newest] = bodyOf(await world.ada.get(`${path}/deliveries`)).deliveries
    return newest.subject_id === last && newest.state === 'delivered'
  })
  const [lastId = ''] = news()
  const options = { headers: { 'Idempotency-Key': crypto.randomUUID() } }
  const asked = await Promise.all([1, 2].map(() => world.ada.post(`${path}/resend`, { from_position: 1 }, options)))
  const done = asked.filter(({ status }) => status === 202)
  expect(done.length).toBeGreaterThan(0)
  for (const { body } of done) expect(body.count).toBe(4)
  await untilQuiet()
  expect(news()).toEqual([...ids, lastId])
  expect(await recordedEvents(desk, world, 'webhook.resent')).toHaveLength(1)
})

test('a resend has one start, which is in the log and not too far back', async () => {
  const { ids, resend, world, path, news } = await startHook()
  news()
  const other = bodyOf(await world.tess.post('/webhooks', { url: receivers[0]?.url, types: ['ticket.created'] }))
  for (const body of [{}, { from: ids[0], from_position: 1 }, { from_position: 0 }, { from_position: 1.5 }]) {
    await expectRefusal(resend(body), 400, 'validation_failed')
  }
  for (const from of ['evt_1', 'x'.repeat(101), `${ids[0]}`.replace(`_${world.tenantId}_`, '_999999_')]) {
    await expectRefusal(resend({ from }), 400, 'validation_failed')
  }
  const ofTess = (body: object) => world.tess.post(`/webhooks/${other.webhook_id}/resend`, body)
  // A position would tell a technician how much happens that they do not see.
  for (const body of [{ from_position: 1 }, { from: ids[0] }]) {
    await expectRefusal(ofTess(body), 400, 'validation_failed')
  }
  await expectRefusal(world.tess.post(`${path}/resend`, { from_position: 1 }), 404, 'webhook_not_found')
  for (const body of [{ from_position: 1_000_000_000 }, { since: '2999-01-01' }]) {
    expect(expectStatus(await resend(body), 202).body).toEqual({ count: 0, dry_run: false })
  }
  await desk.settled()
  await desk.owner.query('update event_heads set position = position + 100001 where tenant_id = $1', [world.tenantId])
  const tooFar = await expectRefusal(resend({ from_position: 1 }), 400, 'validation_failed')
  expect(tooFar.body.errors).toMatchObject([{ field: 'from_position', code: 'too_far' }])
  await desk.owner.query('update event_heads set position = position - 100001 where tenant_id = $1', [world.tenantId])
  expect(await recordedEvents(desk, world, 'webhook.resent')).toEqual([])
  expect(news()).toEqual([])
})

test('from a time on comes what happened then, also what is in the log before the first of that time', async () => {
  const { resend, world, untilQuiet } = await startHook()
  let early = ''
  // An event has the time at which its transaction began. This one ends last.
  await transaction(desk.app.pool, async (tx) => {
    const { rows } = await tx.query('select to_json(now()) as began')
    early = rows[0].began
    await createTicket(world.cleo)
    await desk.settled()
    await tx.query(
      `insert into events (tenant_id, type, subject_id, actor_role) values ($1, 'ticket.created', 'TKT0001', 'system')`,
      [world.tenantId],
    )
  })
  await desk.settled()
  await untilQuiet()
  expect(bodyOf(await resend({ since: early, dry_run: true })).count).toBe(2)
})

test('what is sent once more is kept for a month from then on', async () => {
  const { ids, resend, world, path, untilQuiet } = await startHook()
  const ageing = () =>
    desk.owner.query(`update webhook_deliveries set created_at = now() - interval '31 days' where tenant_id = $1`, [
      world.tenantId,
    ])
  const kept = async (): Promise<string[]> => {
    await removeOldDeliveries(desk.app, 1_000)
    const { deliveries } = bodyOf(await world.ada.get(`${path}/deliveries`))
    return deliveries.map(({ delivery_id: id }: Delivery) => id).toReversed()
  }
  await ageing()
  bodyOf(await resend({ from: ids[1] }))
  await untilQuiet()
  expect(await kept()).toEqual(ids.slice(1))
  await ageing()
  bodyOf(await world.ada.post(`${path}/deliveries/${ids[2]}/resend`))
  await untilQuiet()
  expect(await kept()).toEqual([ids[2]])
})

test('to send one once more waits for whoever sends, and locks nothing that they need', async () => {
  const { ids, world, path } = await startHook()
  bodyOf(await world.ada.patch(path, { state: 'disabled' }))
  const client = await desk.owner.connect()
  try {
    await client.query('begin')
    await client.query('select from webhooks where tenant_id = $1 for update', [world.tenantId])
    const asked = world.ada.post(`${path}/deliveries/${ids[0]}/resend`)
    await untilLockIsAwaited(desk)
    await client.query('update webhook_deliveries set tries = tries where tenant_id = $1', [world.tenantId])
    await client.query('commit')
    expectStatus(await asked, 202)
  } finally {
    client.release()
  }
})
