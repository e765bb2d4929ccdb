// The load generator, in a process of its own. It takes its order as JSON on standard input, and prints what it
// measured as JSON.
import { text } from 'node:stream/consumers'
import autocannon from 'autocannon'

/** What to send to `url`, by so many connections for so many seconds. Requests take `paths` and `callers` in turn. */
export interface Order {
  url: string
  method: 'GET' | 'POST' | 'PATCH'
  paths: string[]
  /** The headers of each caller. */
  callers: Record<string, string>[]
  connections: number
  /**
   * The body of every request. Without a body, each POST creates a ticket, and each PATCH gives a ticket a new subject.
   */
  body?: unknown
  /**
   * The versions of the tickets TKT0001 and on. Each request changes the next of them in place of a path, and says in
   * If-Match which version it changes.
   */
  versions?: number[]
  /** The category of the tickets that are created. */
  category?: string
  /** True: each request has an Idempotency-Key of its own. */
  keyed?: boolean
  seconds: number
  /** The most requests per second, over all connections. */
  rate?: number
}

/** What was measured. Latencies are in milliseconds; `answered` counts the answers of 200 to 299. */
export interface Measured {
  requestsPerSecond: number
  p50: number
  p99: number
  p999: number
  answered: number
  errors: number
  seconds: number
  /** The body of the first of these answers. */
  answer: string
}

const order: Order = JSON.parse(await text(process.stdin))
const { versions } = order
let sent = 0
let answer = ''

/** The path of the ticket at a place of `versions`, and the header that says its version. */
const changeOf = (versions: number[], place: number) => ({
  path: `/api/tickets/TKT${String(place + 1).padStart(4, '0')}`,
  version: { 'if-match': `"${versions[place]}"` },
})

const description = 'The network in room 12 has been away since this morning; the printer there too. '.repeat(4)

const result = await autocannon({
  url: order.url,
  connections: order.connections,
  duration: order.seconds,
  overallRate: order.rate,
  timeout: 20,
  requests: [
    {
      setupRequest: (request, context) => {
        sent += 1
        const place = versions === undefined ? 0 : sent % versions.length
        const change = versions && changeOf(versions, place)
        Object.assign(context, { place })
        const path = change?.path ?? order.paths[sent % order.paths.length] ?? '/'
        const headers = {
          ...order.callers[sent % order.callers.length],
          'content-type': 'application/json',
          ...change?.version,
          ...(order.keyed ? { 'idempotency-key': `bench-${process.pid}-${sent}` } : {}),
        }
        if (order.method === 'GET') return { ...request, method: 'GET', path, headers }
        const subject = `Bench ${process.pid} ${sent}`
        const ticket = { subject, issue_category: order.category ?? 'Network', issue_description: description }
        const made = order.method === 'POST' ? ticket : { subject }
        return { ...request, method: order.method, path, headers, body: JSON.stringify(order.body ?? made) }
      },
      onResponse: (status, body, context) => {
        if (answer === '' && status >= 200 && status <= 299) answer = body
        const { place } = context as { place: number }
        if (status === 200 && versions?.[place] !== undefined) versions[place] += 1
      },
    },
  ],
})

const measured: Measured = {
  requestsPerSecond: result.requests.average,
  p50: result.latency.p50,
  p99: result.latency.p99,
  p999: result.latency.p99_9,
  answered: result['2xx'],
  errors: result.errors + result.non2xx,
  seconds: result.duration,
  answer,
}
console.log(JSON.stringify(measured))
