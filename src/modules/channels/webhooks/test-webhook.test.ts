import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver } from '../../../testing/peers/webhook-receiver.ts'
import { createWorld } from '../../../testing/support/people.ts'
import { bodyOf, expectPosted, expectRefusal, expectStatus } from '../../../testing/support/requests.ts'
import { until } from '../../../testing/support/waiting.ts'
import { type Desk, startDesk } from '../../../testing/support/workspace.ts'

let desk: Desk
beforeAll(async () => {
  desk = await startDesk({ withWorker: false })
})
afterAll(() => desk?.stop())

/** A receiver that answers when it is told to. */
const startWaitingReceiver = async () => {
  const receiver = await startWebhookReceiver()
  const held: (() => void)[] = []
  receiver.answer((_, response) => {
    held.push(() => response.writeHead(204).end())
  })
  const answerAll = (): void => {
    for (const answer of held.splice(0)) answer()
  }
  return { ...receiver, held, answerAll }
}

test('two tests of a tenant run at once, a third is refused; other tenants test meanwhile, forty in all', async () => {
  const receiver = await startWaitingReceiver()
  const worlds = await Promise.all(Array.from({ length: 12 }, () => createWorld(desk)))
  const testsOf = await Promise.all(
    worlds.map(async ({ ada }) => {
      const { webhook_id: id } = bodyOf(await ada.post('/webhooks', { url: receiver.url }))
      return () => ada.post(`/webhooks/${id}/test`)
    }),
  )
  const [first, ...others] = testsOf
  const last = others.pop()
  if (first === undefined || last === undefined) throw new Error('there are twelve tenants')
  const running = [first(), first()]
  await until('both came', () => receiver.held.length === 2)
  await expectRefusal(first(), 429, 'too_many_at_once')
  for (const other of others) running.push(other())
  await until('twelve came', () => receiver.held.length === 12)
  // Tests of other processes take the other places.
  const taken = await Promise.all(Array.from({ length: 28 }, () => desk.app.places.take('webhook test', 40)))
  await expectRefusal(last(), 429, 'too_many_at_once')
  for (const giveBack of taken) giveBack?.()
  receiver.answerAll()
  for (const reply of await Promise.all(running)) {
    expect(expectStatus(reply, 200).body).toMatchObject({ delivered: true, status: 204 })
  }
  // Each refusal and each answer has given its places back.
  const again = [first(), last()]
  await until('two came', () => receiver.held.length === 2)
  receiver.answerAll()
  for (const reply of await Promise.all(again)) expectStatus(reply, 200)
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(14)
  for (const { body } of receiver.received) expectPosted('webhook.ping', body)
  await receiver.stop()
})

test('a test that ends badly gives its place back, and what is no webhook of theirs takes none', async () => {
  const { ada, tess } = await createWorld(desk)
  const { webhook_id: id } = bodyOf(await ada.post('/webhooks', { url: 'http://127.0.0.1:1/hook' }))
  for (let run = 0; run < 4; run += 1) {
    const heard = expectStatus(await ada.post(`/webhooks/${id}/test`), 200).body
    expect(heard).toMatchObject({ delivered: false, status: null, fault: 'not_reachable', answer: null })
    await expectRefusal(tess.post(`/webhooks/${id}/test`), 404, 'webhook_not_found')
  }
})

test('the application sends nothing more when it is closed', async () => {
  const receiver = await startWaitingReceiver()
  const own = await startDesk({ withWorker: false })
  const { ada } = await createWorld(own)
  const { webhook_id: id } = bodyOf(await ada.post('/webhooks', { url: receiver.url }))
  const running = ada.post(`/webhooks/${id}/test`)
  await until('it came', () => receiver.held.length === 1)
  receiver.answerAll()
  expectStatus(await running, 200)
  await own.stop()
  expect(await own.app.outgoing.post('1', receiver.url, {}, '{}')).toMatchObject({
    status: null,
    fault: 'connection_lost',
  })
  expect(receiver.received).toHaveLength(1)
  await receiver.stop()
})
