import { Agent, type Dispatcher, ProxyAgent, request } from 'undici'
import type { Config } from '../config.ts'
import { foreignText } from '../foreign-words.ts'
import { createCallSlots } from './call-slots.ts'
import { ForbiddenAddress, guardedConnector } from './guarded-connect.ts'
import { faultOfUrl, type OutgoingRules, outgoingRules } from './outgoing-rules.ts'

/** Why there is no answer. */
type CallFault =
  | 'forbidden_address'
  | 'name_not_found'
  | 'not_reachable'
  | 'not_secure'
  | 'connection_lost'
  | 'too_slow'
  | 'not_http'

/** What came of a call: the answer, or why there is none. */
export interface Heard {
  status: number | null
  fault: CallFault | null
  /** The beginning of the answer's body, as `foreignText` leaves it. */
  answer: string | null
  /** The header `Retry-After`. */
  retryAfter: string | null
  /** How long it took, in milliseconds. */
  durationMs: number
}

/** Sends requests to addresses that people chose. */
export interface Outgoing {
  rules: OutgoingRules
  /**
   * Posts a body. Redirects are not followed. Never throws: a fault is an outcome. Each `caller` has connections of its
   * own to a host, so that one whose calls are slow does not hold up another; a call waits for one before its time
   * begins. What is no URL is a `forbidden_address`.
   */
  post(caller: string, url: string, headers: Record<string, string>, body: string): Promise<Heard>
  /** Ends all connections. */
  close(): Promise<void>
}

/** How long a call may take until the answer begins. */
const callMs = 15_000
/** How long the rest of the answer may take. Whatever it says, the status counts. */
const bodyMs = 2_000
const bodyBytes = 65_536
/** How much of an answer is kept. */
const keptBytes = 1_024
/** How many connections one caller has to a host at once, of each `Outgoing`: as many as its webhooks send at once. */
const connectionsOfHost = 40
const idleMs = 10_000

const faultsByCode: Record<string, CallFault> = {
  ENOTFOUND: 'name_not_found',
  EAI_AGAIN: 'name_not_found',
  ENODATA: 'name_not_found',
  ECONNREFUSED: 'not_reachable',
  EHOSTUNREACH: 'not_reachable',
  ENETUNREACH: 'not_reachable',
  EADDRNOTAVAIL: 'not_reachable',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  UND_ERR_SOCKET: 'connection_lost',
  UND_ERR_CONNECT_TIMEOUT: 'too_slow',
  UND_ERR_HEADERS_TIMEOUT: 'too_slow',
  UND_ERR_BODY_TIMEOUT: 'too_slow',
  ETIMEDOUT: 'too_slow',
  UND_ERR_HEADERS_OVERFLOW: 'not_http',
}

const isSecurityCode = (code: string): boolean =>
  /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_MISMATCH)/.test(code)

/** What kind of fault an error of a call is. */
const faultOf = (error: unknown): CallFault => {
  const {
    name = '',
    code = '',
    cause,
    errors,
  } = Object(error) as {
    name?: string
    code?: string
    cause?: unknown
    errors?: unknown[]
  }
  if (error instanceof ForbiddenAddress) return 'forbidden_address'
  if (name === 'TimeoutError' || name === 'AbortError') return 'too_slow'
  if (name === 'HTTPParserError' || String(code).startsWith('HPE_')) return 'not_http'
  const known = faultsByCode[code]
  if (known !== undefined) return known
  if (isSecurityCode(String(code))) return 'not_secure'
  const inner = errors?.[0] ?? cause
  return inner === undefined ? 'connection_lost' : faultOf(inner)
}

/** Reads the beginning of a body, and the rest as far as that is cheaper than another connection. */
const readBeginning = async (body: Dispatcher.ResponseData['body']): Promise<string> => {
  const kept: Buffer[] = []
  let size = 0
  body.on('error', () => {})
  const timer = setTimeout(() => body.destroy(), bodyMs)
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (size < keptBytes) kept.push(chunk.subarray(0, keptBytes - size))
      size += chunk.length
      if (size > bodyBytes) body.destroy()
    }
  } catch {
    // What was heard counts, although the rest did not come.
  } finally {
    clearTimeout(timer)
  }
  return foreignText(Buffer.concat(kept).toString())
}

const dispatcherOf = (rules: OutgoingRules, proxy: string | undefined): Dispatcher => {
  const options = {
    // As many as there are calls, which `createCallSlots` bounds: else calls would wait while their time runs.
    connections: null,
    headersTimeout: callMs,
    bodyTimeout: callMs,
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: 6 * idleMs,
    maxHeaderSize: 16_384,
  }
  if (proxy !== undefined) return new ProxyAgent({ ...options, uri: proxy })
  return new Agent({ ...options, connect: guardedConnector(rules) })
}

/** How many judged URLs are kept. */
const judgedAtMost = 1_000

/** Says of URLs whether they may be called, and remembers it: many messages go to few. */
const urlJudge = (rules: OutgoingRules): ((url: string) => boolean) => {
  const judged = new Map<string, boolean>()
  return (url) => {
    const known = judged.get(url)
    if (known !== undefined) return known
    const parsed = URL.parse(url)
    const isGood = parsed !== null && faultOfUrl(parsed, rules) === null
    if (judged.size >= judgedAtMost) judged.clear()
    judged.set(url, isGood)
    return isGood
  }
}

/**
 * Makes what sends requests to addresses that people chose. With a proxy, the proxy finds the addresses, and must
 * refuse those of the inside; what the address itself says is judged here.
 */
export const createOutgoing = (config: Config): Outgoing => {
  const rules = outgoingRules({ hosts: config.WEBHOOK_ALLOW_HOSTS, ports: config.WEBHOOK_PORTS })
  const mayCall = urlJudge(rules)
  const dispatcher = dispatcherOf(rules, config.WEBHOOK_PROXY)
  const slots = createCallSlots(connectionsOfHost)

  const call = async (
    url: string,
    headers: Record<string, string>,
    body: string,
  ): Promise<Omit<Heard, 'durationMs'>> => {
    const silent = { status: null, answer: null, retryAfter: null }
    if (!mayCall(url)) return { ...silent, fault: 'forbidden_address' }
    try {
      const signal = AbortSignal.timeout(callMs)
      const said = await request(url, { method: 'POST', dispatcher, headers, body, signal })
      const retryAfter = said.headers['retry-after']
      const answer = await readBeginning(said.body)
      return {
        status: said.statusCode,
        fault: null,
        answer,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
      }
    } catch (error) {
      return { ...silent, fault: faultOf(error) }
    }
  }
  return {
    rules,
    post(caller, url, headers, body) {
      return slots.run(`${caller} ${URL.parse(url)?.origin}`, async () => {
        const begunAt = performance.now()
        const heard = await call(url, headers, body)
        return { ...heard, durationMs: Math.round(performance.now() - begunAt) }
      })
    },
    close: () => dispatcher.destroy(),
  }
}
