import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { assignTicket, comment, createTicket } from '../../../testing/support/create-tickets.ts'
import { createWorld, type Person, password } from '../../../testing/support/people.ts'
import { bodyOf, expectRefusal, expectStatus, expectSuccess } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk()
})
afterAll(() => desk?.stop())

const proof = { current_password: password }

test('a technician has a webhook that sees with their eyes: more as an admin, and less when that is over', async () => {
  const world = await createWorld(desk)
  const { ada, tess, tom, cleo } = world
  const receiver = await startWebhookReceiver()
  const made = expectStatus(await tess.post('/webhooks', { url: receiver.url }), 201).body
  expect(made).toMatchObject({ owner_id: tess.id, types: null, includes_internal: false, state: 'enabled' })
  const path = `/webhooks/${made.webhook_id}`
  await expectRefusal(tom.get(path), 404, 'webhook_not_found')
  const untilTold = async (): Promise<void> => {
    await desk.settled()
    await until('nothing waits', async () => bodyOf(await ada.get(path)).waiting === 0)
  }
  /** What was told since the last time: `<type> <subject>`. */
  const told = (): string[] => receiver.received.splice(0).map(({ body }) => `${body.type} ${body.data.subject_id}`)
  const deliveriesFor = async (person: Person) => bodyOf(await person.get(`${path}/deliveries?limit=100`)).deliveries

  // Theirs is what is assigned to them. That of others, people, and what is internal are not told.
  const own = await createTicket(cleo, { issue_category: 'Printer' })
  const foreign = await createTicket(cleo, { issue_category: 'Printer' })
  await assignTicket(ada, own, tess)
  await assignTicket(ada, foreign, tom)
  await comment(tom, foreign, 'On my way.')
  await comment(ada, own, 'Between us.', 'internal')
  bodyOf(await ada.post('/customers', { name: 'Ivy', email: `ivy@${world.slug}.example.com` }))
  await untilTold()
  const [first] = receiver.received
  expect(first?.body.data).toMatchObject({ position: null, ticket: { ticket_id: own } })
  expect(first?.id).toMatch(/_[0-9a-f]{32}$/)
  expect(told().filter((line) => line.startsWith('ticket.assigned') || !line.endsWith(own))).toEqual([
    `ticket.assigned ${own}`,
  ])
  expect((await deliveriesFor(tess)).map((one: { subject_id: string }) => one.subject_id)).not.toContain(foreign)

  // As an admin they are told everything, with positions.
  expectSuccess(await ada.patch(`/people/${tess.id}`, { role: 'admin', ...proof }))
  await comment(tom, foreign, 'I am there.')
  await untilTold()
  expect(receiver.received.at(-1)).toMatchObject({ body: { data: { position: expect.any(Number) } } })
  expect(told()).toContain(`comment.added ${foreign}`)
  const [asAdmin] = await deliveriesFor(ada)
  expect(asAdmin).toMatchObject({ type: 'comment.added', subject_id: foreign, state: 'delivered' })

  // What waits when that is over is looked at again with the eyes of a technician.
  receiver.answer(503)
  await comment(tom, foreign, 'It is done.')
  bodyOf(await ada.post('/customers', { name: 'Ian', email: `ian@${world.slug}.example.com` }))
  await until('it failed', async () => bodyOf(await ada.get(path)).failures > 0)
  expectSuccess(await ada.patch(`/people/${tess.id}`, { role: 'technician', ...proof }))
  receiver.received.length = 0
  receiver.answer(200)
  expectSuccess(await ada.patch(path, { state: 'disabled' }))
  expectSuccess(await ada.patch(path, { state: 'enabled' }))
  await untilTold()
  expect(told()).toEqual([])
  // Becoming an admin gave their tickets back.
  await assignTicket(ada, own, tess)
  await untilTold()
  expect(told()).toEqual([`ticket.assigned ${own}`])

  // Nor does what they were told as an admin come once more, one by one or together.
  const before = (await deliveriesFor(ada)).find(({ position }: { position: number }) => position === asAdmin.position)
  expectStatus(await ada.post(`${path}/deliveries/${before.delivery_id}/resend`), 202)
  await untilTold()
  const { count } = bodyOf(
    await (await world.signIn(tess.email, password)).post(`${path}/resend`, { since: '2020-01-01' }),
  )
  await until('the resend came', () => receiver.received.length >= count)
  await untilTold()
  const again = told()
  expect(again).toHaveLength(count)
  expect(again.filter((line) => !line.endsWith(own))).toEqual([])
  expect(
    (await deliveriesFor(ada)).find(({ position }: { position: number }) => position === asAdmin.position).state,
  ).toBe('skipped')
  await receiver.stop()
})
