import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWebhookSecret, signedHeaders, signingKeys } from '../../modules/channels/webhooks/webhook-secrets.ts'
import { startWebhookReceiver } from '../peers/webhook-receiver.ts'
import { createTicket } from '../support/create-tickets.ts'
import { createWorld, type World } from '../support/people.ts'
import { bodyOf, expectStatus } from '../support/requests.ts'
import { until } from '../support/waiting.ts'
import { type Desk, startDesk } from '../support/workspace.ts'

// The receiver of the guide, as it stands there, in a process of its own.

const root = fileURLToPath(new URL('../../..', import.meta.url))
const guide = readFileSync(new URL('../../../docs/guide.md', import.meta.url), 'utf8')
/** The commands of the guide that play the desk. */
const [commands = ''] = [...guide.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, code = '']) =>
  code.includes('openssl') ? [code] : [],
)
const [sample = ''] = [...guide.matchAll(/^```js\n([\s\S]*?)^```$/gm)].flatMap(([, code = '']) =>
  code.includes('standardwebhooks') ? [code] : [],
)

let desk: Desk
let world: World
const running: ChildProcess[] = []
beforeAll(async () => {
  desk = await startDesk()
  world = await createWorld(desk)
})
afterAll(async () => {
  for (const child of running) child.kill()
  await desk?.stop()
})

/** What a receiver is sent. */
interface Posted {
  headers: Record<string, string>
  raw: string
}

/** Starts the receiver of the guide with a secret. */
const startSample = async (secret: string) => {
  const listening = "listen(0, '127.0.0.1', function () { console.log(this.address().port) })"
  const code = sample.replace('listen(8080)', listening)
  expect(code).not.toBe(sample)
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    env: { SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  await until('it listens', () => out.includes('\n'))
  const [port] = out.split('\n')
  return {
    port,
    /** The status with which it answers. */
    async post({ headers, raw }: Posted): Promise<number> {
      const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: raw })
      return status
    },
    /** What it has done: the types of the messages. */
    done: (): string[] => out.trim().split('\n').slice(1),
  }
}

const postedOf = ({ headers, raw }: { headers: object; raw: string }): Posted => ({
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => /^(?:webhook-|content-type)/.test(name))),
  raw,
})

test('the receiver of the guide takes a message once, and neither an old nor a changed one, nor one of a stranger', async () => {
  const { ada, cleo } = world
  const relay = await startWebhookReceiver()
  const made = expectStatus(await ada.post('/webhooks', { url: relay.url, types: ['ticket.created'] }), 201).body
  const receiver = await startSample(made.secret)
  // A real delivery, which is handed on byte by byte.
  relay.answer(async (message, response) => response.writeHead(await receiver.post(postedOf(message))).end())
  await createTicket(cleo)
  const path = `/webhooks/${made.webhook_id}/deliveries`
  await until('it is delivered', async () => bodyOf(await ada.get(path)).deliveries[0]?.state === 'delivered')
  const [message] = relay.received
  if (message === undefined) throw new Error('nothing came')
  const posted = postedOf(message)
  await until('it is done', () => receiver.done().length > 0)
  expect(receiver.done()).toEqual(['ticket.created'])

  // A repetition is taken, so that it is not sent again, and is not done again.
  expect(await receiver.post(posted)).toBe(204)
  const { delivery_id: deliveryId } = bodyOf(await ada.get(path)).deliveries[0]
  expectStatus(await ada.post(`${path}/${deliveryId}/resend`), 202)
  await until('it came once more', () => relay.received.length === 2)
  expect(receiver.done()).toEqual(['ticket.created'])

  /** The message signed at another time: in seconds from now. */
  const signedAt = (seconds: number, secret = made.secret): Posted => {
    const sentAt = Math.round(Date.now() / 1_000) + seconds
    const signed = signedHeaders({ id: 'evt_other', sentAt, body: posted.raw }, signingKeys([secret]))
    return { headers: { ...posted.headers, ...signed }, raw: posted.raw }
  }
  const { 'webhook-signature': _, ...unsigned } = posted.headers
  const refused: Posted[] = [
    // It was caught on its way, and is played again later.
    signedAt(-310),
    signedAt(310),
    {
      ...posted,
      headers: { ...posted.headers, 'webhook-timestamp': String(Number(posted.headers['webhook-timestamp']) + 1) },
    },
    // A message that was done already, under another id.
    { ...posted, headers: { ...posted.headers, 'webhook-id': 'evt_another' } },
    { ...posted, raw: posted.raw.replace('ticket.created', 'ticket.deleted') },
    { headers: unsigned, raw: posted.raw },
    { headers: { ...posted.headers, 'webhook-signature': 'v1,bm90IHRoZSBzaWduYXR1cmU=' }, raw: posted.raw },
    signedAt(0, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='),
  ]
  for (const each of refused) expect([each.headers, await receiver.post(each)]).toEqual([each.headers, 401])
  expect(receiver.done()).toEqual(['ticket.created'])
  expect(await receiver.post(signedAt(-290))).toBe(204)
  await until('the other is done', () => receiver.done().length > 1)
  expect(receiver.done()).toHaveLength(2)
  await relay.stop()
})

test('what the guide signs in a shell is taken by its receiver, and by that of another secret it is not', async () => {
  const secrets = [createWebhookSecret(), createWebhookSecret()]
  const receivers = await Promise.all(secrets.map(startSample))
  const answers = receivers.map(({ port }) => {
    const script = commands.replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    expect(script).not.toBe(commands)
    const env = { PATH: process.env.PATH, SECRET: secrets[0] }
    return execFileSync('bash', ['--norc', '-euc', script], { env, encoding: 'utf8', stdio: 'pipe' }).split('\r\n')[0]
  })
  expect(answers).toEqual(['HTTP/1.1 204 No Content', 'HTTP/1.1 401 Unauthorized'])
  await until('it is done', () => receivers[0]?.done().length === 1)
  expect(receivers.map(({ done }) => done())).toEqual([['ticket.created'], []])
})

test('while two secrets live, a receiver with either takes a message; then only the one with the new secret', async () => {
  const { ada, cleo } = world
  const relay = await startWebhookReceiver()
  const made = bodyOf(await ada.post('/webhooks', { url: relay.url, types: ['ticket.created'] }))
  const { secret } = expectStatus(await ada.post(`/webhooks/${made.webhook_id}/secrets`), 201).body
  const [before, after] = [await startSample(made.secret), await startSample(secret)]
  const statuses = async (): Promise<number[]> => {
    const count = relay.received.length
    await createTicket(cleo)
    await until('it came', () => relay.received.length === count + 1)
    const message = relay.received.at(-1)
    if (message === undefined) throw new Error('nothing came')
    return [await before.post(postedOf(message)), await after.post(postedOf(message))]
  }
  expect(await statuses()).toEqual([204, 204])
  expectStatus(await ada.delete(`/webhooks/${made.webhook_id}/secrets/previous`), 204)
  expect(await statuses()).toEqual([401, 204])
  await relay.stop()
})
