// The load of a bad neighbour, in a process of its own. It takes its load as JSON on standard input, and prints how
// often it got each status as JSON.
import { randomBytes } from 'node:crypto'
import { Agent, type ClientRequest, request } from 'node:http'
import { json } from 'node:stream/consumers'

/**
 * A request of a neighbour. In the values of `body`, `@random` stands for 10,000 new characters, and `@n` for a number.
 */
export interface NeighbourRequest {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  headers?: Record<string, string>
  body?: Record<string, string>
  /** Sends a body of so many bytes instead, but for the last hundred, and then waits. */
  unfinishedBytes?: number
  /** Sends an Idempotency-Key that was never used. */
  isKeyed?: boolean
}

/** What a neighbour does for some seconds: `connections` send the requests in turn. */
export interface NeighbourLoad {
  url: string
  /** The address on this machine that the requests come from. */
  from: string
  seconds: number
  connections: number
  requests: NeighbourRequest[]
  /** True: each connection sends one request, all at the same moment, and then waits for the end. */
  isBurst?: boolean
}

/** How often the neighbour got each status; 0 stands for no answer. */
export type NeighbourAnswers = Record<number, number>

const load = (await json(process.stdin)) as NeighbourLoad
const answers: NeighbourAnswers = {}
const agent = new Agent({ keepAlive: true, maxSockets: load.connections, localAddress: load.from })
const open = new Set<ClientRequest>()
let sent = 0
let isOver = false

const randomText = (): string => randomBytes(7_500).toString('base64')

const bodyOf = ({ body }: NeighbourRequest): string | undefined => {
  if (body === undefined) return undefined
  const filled = Object.entries(body).map(([name, value]) => [
    name,
    value === '@random' ? randomText() : value.replace('@n', `${process.pid}-${sent}`),
  ])
  return JSON.stringify(Object.fromEntries(filled))
}

/** Sends one request, and answers with the status when the whole answer is there. */
const send = (wanted: NeighbourRequest): Promise<number> =>
  new Promise((resolve) => {
    sent += 1
    const { unfinishedBytes } = wanted
    const body = bodyOf(wanted)
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...(unfinishedBytes === undefined ? {} : { 'content-length': unfinishedBytes }),
      ...(wanted.isKeyed ? { 'idempotency-key': `neighbour-${process.pid}-${sent}` } : {}),
      ...wanted.headers,
    }
    const call = request(`${load.url}${wanted.path}`, { method: wanted.method, headers, agent }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
    open.add(call)
    call.once('close', () => {
      open.delete(call)
      resolve(0)
    })
    call.once('error', () => resolve(0))
    if (unfinishedBytes === undefined) call.end(body)
    else call.write(Buffer.alloc(unfinishedBytes - 100))
  })

const lane = async (number: number): Promise<void> => {
  for (let turn = number; !isOver; turn += load.connections) {
    const wanted = load.requests[turn % load.requests.length]
    if (wanted === undefined) return
    const status = await send(wanted)
    if (isOver && status === 0) return
    answers[status] = (answers[status] ?? 0) + 1
    if (load.isBurst) return
  }
}

const end = (): void => {
  console.log(JSON.stringify(answers))
  process.exit(0)
}
setTimeout(() => {
  isOver = true
  for (const call of open) call.destroy()
  setTimeout(end, 50)
}, load.seconds * 1_000)
await Promise.all(Array.from({ length: load.connections }, (_, number) => lane(number)))
