import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from '../../testing/peers/webhook-receiver.ts'
import { readConfig } from '../config.ts'
import { createOutgoing, type Outgoing } from './outgoing.ts'

/** What the proxy was asked for: the place, and who asked. */
const asked: { method: string; target: string; authorization: string | undefined }[] = []
const note = ({ method = '', url = '', headers }: IncomingMessage): void => {
  asked.push({ method, target: url, authorization: headers['proxy-authorization'] })
}
/** Where the proxy leads names to. All others it refuses. */
const known = new Map<string, number>()
const sockets = new Set<Socket>()

const proxy = createServer((request, response) => {
  // A plain request for an http address.
  note(request)
  const url = new URL(request.url ?? '')
  const port = known.get(url.host)
  if (port === undefined) {
    response.writeHead(403).end()
    return
  }
  const onward = httpRequest({ host: '127.0.0.1', port, path: url.pathname, method: 'POST', headers: request.headers })
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502)
    answer.pipe(response)
  })
  request.pipe(onward)
})
proxy.on('connection', (socket: Socket) => {
  sockets.add(socket)
  socket.on('error', () => {})
})
proxy.on('connect', (request, socket: Socket) => {
  note(request)
  const port = known.get(request.url ?? '')
  if (port === undefined) {
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    return
  }
  const onward = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 Connected\r\n\r\n'))
  onward.on('error', () => socket.destroy())
  socket.on('error', () => onward.destroy())
  onward.pipe(socket).pipe(onward)
})

let receiver: WebhookReceiver
let outgoing: Outgoing
beforeAll(async () => {
  receiver = await startWebhookReceiver()
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  known.set('chat.internal:8080', receiver.port)
  known.set('hooks.example.com:443', receiver.port)
  outgoing = createOutgoing(
    readConfig({
      JWT_SECRET: 'pq8Zr4-only-for-tests-8Wm2Yc6Tn0Lx5Kb9',
      WEBHOOK_PROXY: `http://desk:p%40ss%20word@127.0.0.1:${port}`,
      WEBHOOK_ALLOW_HOSTS: 'chat.internal',
    }),
  )
})
afterAll(async () => {
  await outgoing?.close()
  for (const socket of sockets) socket.destroy()
  proxy.close()
  await receiver?.stop()
})

const credentials = `Basic ${Buffer.from('desk:p@ss word').toString('base64')}`

test('a message goes through the proxy, which finds the address; the receiver never sees its credentials', async () => {
  asked.length = 0
  const heard = await outgoing.post('1', 'http://chat.internal:8080/hook', { 'x-of': 'message' }, '{"a":1}')
  expect(heard).toMatchObject({ status: 200, fault: null })
  expect(asked).toHaveLength(1)
  expect(asked[0]).toMatchObject({ authorization: credentials, target: expect.stringContaining('chat.internal:8080') })
  const [message] = receiver.received
  expect(message).toMatchObject({ raw: '{"a":1}' })
  expect(message?.headers).toMatchObject({ 'x-of': 'message' })
})

test('an https address is a tunnel: the proxy reads its host and port, and no body', async () => {
  asked.length = 0
  // The receiver speaks no TLS, so the tunnel stands and the handshake fails.
  expect(await outgoing.post('1', 'https://hooks.example.com/secret-path', {}, '{}')).toMatchObject({
    fault: 'not_secure',
  })
  expect(asked).toEqual([{ method: 'CONNECT', target: 'hooks.example.com:443', authorization: credentials }])
})

test('what an address says itself is judged before the proxy is asked; what a name leads to is up to the proxy', async () => {
  asked.length = 0
  for (const url of ['https://127.0.0.1/', 'https://[::1]/', 'https://10.0.0.1/', 'http://hooks.example.com/']) {
    expect([url, (await outgoing.post('1', url, {}, '{}')).fault]).toEqual([url, 'forbidden_address'])
  }
  expect(asked).toEqual([])
  const refused = await outgoing.post('1', 'https://inner.example.com/', {}, '{}')
  expect(refused).toMatchObject({ status: null, fault: expect.any(String) })
  expect(asked.map(({ target }) => target)).toEqual(['inner.example.com:443'])
})
