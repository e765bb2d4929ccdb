import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'

/** A message as a receiver got it. */
interface ReceivedMessage {
  id: string
  /** The path and the query of its address. */
  path: string
  headers: IncomingHttpHeaders
  raw: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was sent
  body: any
}

/** Answers a message. By default the receiver answers 200. */
type Answering = (message: ReceivedMessage, response: ServerResponse) => unknown

/** A receiver of webhooks on 127.0.0.1. */
export interface WebhookReceiver {
  url: string
  port: number
  /** All requests, in the order in which they came. */
  received: ReceivedMessage[]
  /** How many connections there were. */
  connections(): number
  /** Answers otherwise from now on. */
  answer(answering: Answering | number): void
  /** Closes all connections, also those on which an answer is due. */
  hangUp(): void
  stop(): Promise<void>
}

/** Starts a receiver; 0 stands for a free port. */
export const startWebhookReceiver = async (port = 0): Promise<WebhookReceiver> => {
  const received: ReceivedMessage[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let answering: Answering = (_, response) => response.end()
  const server = createServer(async (request, response) => {
    const raw = await text(request).catch(() => null)
    if (raw === null) return
    const message = {
      path: String(request.url),
      id: String(request.headers['webhook-id']),
      headers: request.headers,
      raw,
      body: raw === '' ? null : JSON.parse(raw),
    }
    received.push(message)
    await answering(message, response)
  })
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: own } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${own}/hook`,
    port: own,
    received,
    connections: () => connections,
    answer(next) {
      answering = typeof next === 'number' ? (_, response) => response.writeHead(next).end() : next
    },
    hangUp() {
      for (const socket of sockets) socket.destroy()
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
