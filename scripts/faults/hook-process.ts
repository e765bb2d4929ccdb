// The receivers of webhooks of a drill, in a process of its own, which hook-peer.ts starts. Each path is a receiver. It
// behaves as its rule says, and writes each message that it takes to a file before it answers with 200.
import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { HookLine, HookMessage, HookOrder, HookRule } from './hook-peer.ts'

const [file = '', port = '0'] = process.argv.slice(2)
const book = await open(file, 'a')
let rules: Record<string, HookRule> = {}
let takesMs = 0

const huge = 100 * 1024 * 1024
const chunk = Buffer.alloc(64 * 1024, 'x')

/** Sends a body of 100 MB as far as the other side takes it. */
const sendHuge = (response: ServerResponse): void => {
  response.writeHead(200, { 'content-length': huge })
  let left = huge
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length
      if (!response.write(chunk)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}

/** Answers one byte a second, and never comes to an end. */
const drip = (response: ServerResponse): void => {
  response.writeHead(500, { 'content-type': 'text/plain' })
  const timer = setInterval(() => response.write('x'), 1_000)
  response.on('close', () => clearInterval(timer))
}

/** What each rule does. `hangs` does nothing. */
const answers: Record<Exclude<HookRule, 'huge'>, (response: ServerResponse) => void> = {
  drips: drip,
  hangs: () => {},
  busy: (response) => response.writeHead(429, { 'retry-after': '2' }).end('too many'),
  gone: (response) => response.writeHead(410).end(),
  redirects: (response) => response.writeHead(307, { location: '/inside' }).end(),
  dies: (response) => response.socket?.destroy(),
}

const server = createServer(async (request, response) => {
  const path = request.url ?? ''
  const raw = await text(request).catch(() => null)
  if (raw === null) return
  const rule = rules[path]
  if (rule !== undefined && rule !== 'huge') {
    answers[rule](response)
    return
  }
  const { type, data } = JSON.parse(raw)
  const line: HookLine = {
    at: Date.now(),
    path,
    id: String(request.headers['webhook-id']),
    type,
    position: data.position,
    subject: data.subject_id,
  }
  writeSync(book.fd, `${JSON.stringify(line)}\n`)
  if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs))
  // The status of a long answer is 200, so the message is taken.
  if (rule === 'huge') sendHuge(response)
  else response.end()
})

process.on('message', (order: HookOrder) => {
  rules = order.rules
  takesMs = order.takesMs
})
process.on('disconnect', () => process.exit(0))
server.listen(Number(port), '127.0.0.1', () => {
  const message: HookMessage = { port: (server.address() as AddressInfo).port }
  process.send?.(message)
})
