// Readers of event streams, in a process of its own. It gets its orders by messages, and answers each of them.
import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentile } from '../../lib/statistics.ts'

/** What the readers have to do. */
export type StreamOrder =
  | { kind: 'open'; url: string; tokens: string[] }
  /** Forgets what was read, and reads on. */
  | { kind: 'begin' }
  /** Waits until nothing has come for a second, and says what was read. */
  | { kind: 'report' }
  /** Stops reading: what comes stays unsent on the server. */
  | { kind: 'pause' }

/** What the readers have read. Times are in milliseconds, from the beginning of the change's transaction. */
export interface StreamReport {
  /** How many streams are open. */
  open: number
  deliveries: number
  p50: number
  p99: number
  longest: number
}

/** How many streams are being opened at the same time. */
const openedAtOnce = 20
const quietMs = 1_000
/** The events that are counted. Signing in makes others. */
const counted = /^event: ticket\.(?:updated|created)$/m
const happened = /"occurred_at":"([^"]+)"/

const requests = new Set<ClientRequest>()
const answers = new Set<IncomingMessage>()
let delays: number[] = []

const read = (frame: string, at: number): void => {
  if (!counted.test(frame)) return
  const [, time = ''] = happened.exec(frame) ?? []
  delays.push(at - Date.parse(time))
}

const listen = (answer: IncomingMessage): void => {
  let rest = ''
  answer.setEncoding('utf8').on('data', (text: string) => {
    const at = Date.now()
    const frames = (rest + text).split('\n\n')
    rest = frames.pop() ?? ''
    for (const frame of frames) read(frame, at)
  })
}

const open = (url: string, token: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
    const request = get(`${url}/api/events/stream`, { agent: false, headers }, (answer) => {
      if (answer.statusCode !== 200) {
        reject(new Error(`a stream answers ${answer.statusCode}`))
        return
      }
      answers.add(answer)
      answer.on('error', () => {}).once('close', () => answers.delete(answer))
      listen(answer)
      resolve()
    })
    request.on('error', reject)
    requests.add(request)
  })

const openAll = async ({ url, tokens }: StreamOrder & { kind: 'open' }): Promise<void> => {
  for (const request of requests) request.destroy()
  requests.clear()
  for (let index = 0; index < tokens.length; index += openedAtOnce) {
    await Promise.all(tokens.slice(index, index + openedAtOnce).map((token) => open(url, token)))
  }
}

const report = async (): Promise<StreamReport> => {
  for (let before = -1; before !== delays.length; await sleep(quietMs)) before = delays.length
  return {
    open: answers.size,
    deliveries: delays.length,
    p50: percentile(delays, 0.5),
    p99: percentile(delays, 0.99),
    longest: delays.reduce((most, delay) => Math.max(most, delay), 0),
  }
}

process.on('message', async (order: StreamOrder) => {
  if (order.kind === 'open') await openAll(order)
  if (order.kind === 'begin') delays = []
  if (order.kind === 'pause') for (const answer of answers) answer.pause()
  process.send?.(order.kind === 'report' ? await report() : {})
})
