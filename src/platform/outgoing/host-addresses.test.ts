import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../testing/peers/webhook-receiver.ts'
import { until } from '../../testing/support/waiting.ts'
import { readConfig } from '../config.ts'
import { addressesOfStranger, nameServers } from './host-addresses.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'

// A DNS server that takes every question, and answers none unless a test says how.

const server = createSocket('udp4')
let questions: string[] = []
let answerOf: (question: Buffer) => Buffer | null = () => null
let receiver: WebhookReceiver
let outgoing: Outgoing

/** The name in a question (RFC 1035, 4.1.2). */
const nameIn = (question: Buffer): string => {
  const labels: string[] = []
  for (let at = 12; (question[at] ?? 0) > 0; at += 1 + (question[at] ?? 0)) {
    labels.push(question.toString('latin1', at + 1, at + 1 + (question[at] ?? 0)))
  }
  return labels.join('.').toLowerCase()
}
const typeIn = (question: Buffer): number => question.readUInt16BE(12 + nameIn(question).length + 2)

/** An answer with IPv4 addresses to a question for these, and with nothing to all others (RFC 1035, 4.1.3). */
const answerWith =
  (...addresses: string[]) =>
  (question: Buffer): Buffer => {
    const asked = question.subarray(12, 12 + nameIn(question).length + 2 + 4)
    const found = typeIn(question) === 1 ? addresses : []
    const records = found.map((address) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    )
    const start = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, found.length, 0, 0, 0, 0])
    question.copy(start, 0, 0, 2)
    return Buffer.concat([start, asked, ...records])
  }

beforeAll(async () => {
  server.on('message', (question, { port, address }) => {
    questions.push(nameIn(question))
    const answer = answerOf(question)
    if (answer !== null) server.send(answer, port, address)
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  nameServers.asked = [`127.0.0.1:${server.address().port}`]
  receiver = await startWebhookReceiver()
  outgoing = createOutgoing(
    readConfig({
      JWT_SECRET: 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9',
      WEBHOOK_PORTS: `443,${receiver.port}`,
      WEBHOOK_ALLOW_HOSTS: 'localhost',
    }),
  )
})
afterAll(async () => {
  nameServers.asked = null
  await outgoing?.close()
  await receiver?.stop()
  server.close()
})

test('names that the DNS never answers hold nobody up, and are not asked again at once', async () => {
  questions = []
  answerOf = () => null
  const urls = Array.from({ length: 30 }, (_, at) => `https://n${at}.slow.example/`)
  const slow = urls.map((url) => outgoing.post('1', url, {}, '{}'))
  await until('all are asked', () => new Set(questions).size === urls.length)
  const named = receiver.url.replace('127.0.0.1', 'localhost')
  let ended = 0
  for (const call of slow) call.finally(() => (ended += 1))
  expect((await outgoing.post('2', named, {}, '{}')).status).toBe(200)
  expect(ended).toBe(0)
  for (const call of slow) expect(await call).toMatchObject({ status: null, fault: 'too_slow' })
  questions = []
  expect(await outgoing.post('2', urls[0] ?? '', {}, '{}')).toMatchObject({ status: null, fault: 'too_slow' })
  expect(questions).toEqual([])
})

test('every address that the DNS says is judged, and a name that has none is not found', async () => {
  const fault = async (host: string) => (await outgoing.post('1', `https://${host}:${receiver.port}/`, {}, '{}')).fault
  const before = receiver.connections()
  answerOf = answerWith('127.0.0.1')
  expect(await fault('inward.example')).toBe('forbidden_address')
  answerOf = answerWith('8.8.8.8', '127.0.0.1')
  expect(await fault('mixed.example')).toBe('forbidden_address')
  answerOf = answerWith()
  expect(await fault('empty.example')).toBe('name_not_found')
  expect(receiver.connections()).toBe(before)
  answerOf = answerWith('8.8.8.8', '9.9.9.9')
  expect(await addressesOfStranger('good.example')).toEqual([
    { address: '8.8.8.8', family: 4 },
    { address: '9.9.9.9', family: 4 },
  ])
})

test('one name is asked once at a time', async () => {
  questions = []
  answerOf = answerWith('8.8.8.8')
  const found = await Promise.all(Array.from({ length: 5 }, () => addressesOfStranger('once.example')))
  expect(found).toHaveLength(5)
  // One question for each family.
  expect(questions).toEqual(['once.example', 'once.example'])
  expect(await addressesOfStranger('localhost')).not.toEqual([])
  expect(questions).toHaveLength(2)
})
