import { expect } from 'vitest'
import { openApiDocument } from '../../api-document.ts'
import { createContract } from './api-contract.ts'

const contract = createContract(openApiDocument('https://desk.example.com'))

/** Expects that what was posted to a webhook is as the document says of its type. */
export const expectPosted = (type: string, body: unknown): void => contract.checkPosted(type, body)

/** An answer as a test looks at it. */
export interface Reply {
  status: number
  headers: Headers
  /** Parsed JSON, or null when there was no body. Tests read members by name; the contract has checked the rest. */
  body: ReturnType<typeof JSON.parse>
  text: string
}

interface Sending {
  headers?: Record<string, string>
  /** Sent as it is instead of JSON. */
  raw?: string | Buffer
}

/** What a test expects of a refusal: its status and its code. An answer that is no refusal has an undefined code. */
export const verdict = ({ status, body }: Reply): [number, string] => [status, body?.code]

/** Expects a refusal, and answers with the reply. */
export const expectRefusal = async (replying: Promise<Reply> | Reply, status: number, code: string): Promise<Reply> => {
  const reply = await replying
  expect(verdict(reply), reply.text).toEqual([status, code])
  return reply
}

/**
 * Answers with the reply when it has the status.
 * @throws Error that shows the whole reply when it has another one.
 */
export const expectStatus = (reply: Reply, status: number): Reply => {
  if (reply.status !== status) throw new Error(`expected ${status}, got ${reply.status}: ${reply.text}`)
  return reply
}

/**
 * Answers with the reply when it is a success.
 * @throws Error that shows the whole reply when it is not.
 */
export const expectSuccess = (reply: Reply): Reply => {
  if (reply.status >= 300) throw new Error(`expected a success, got ${reply.status}: ${reply.text}`)
  return reply
}

/** The version in the `ETag` of an answer that is one thing; null when the thing has none. */
export const versionIn = ({ headers }: Reply): number | null => {
  const [tag, version] = /^(?:W\/)?"(?:(\d+)-)?[0-9a-f]{20}"$/.exec(headers.get('etag') ?? '') ?? []
  expect(tag, `the ETag ${headers.get('etag')}`).toBeDefined()
  return version === undefined ? null : Number(version)
}

/** The body of a success. */
export const bodyOf = (reply: Reply): Reply['body'] => expectSuccess(reply).body

/** The value of one member in each row of a list, such as `ticket_id` in the rows of `tickets`. */
const column = (reply: Reply, list: string, member: string): string[] =>
  expectStatus(reply, 200).body[list].map((row: Record<string, string>) => row[member])

export const ticketIdsIn = (reply: Reply): string[] => column(reply, 'tickets', 'ticket_id')
export const customerIdsIn = (reply: Reply): string[] => column(reply, 'customers', 'customer_id')
export const technicianIdsIn = (reply: Reply): string[] => column(reply, 'technicians', 'technician_id')

/** A client that speaks as one person. Every answer is held against the API document. */
export interface Api {
  get(path: string, sending?: Sending): Promise<Reply>
  post(path: string, body?: unknown, sending?: Sending): Promise<Reply>
  put(path: string, body?: unknown, sending?: Sending): Promise<Reply>
  patch(path: string, body?: unknown, sending?: Sending): Promise<Reply>
  delete(path: string, sending?: Sending): Promise<Reply>
  send(method: string, path: string, body?: unknown, sending?: Sending): Promise<Reply>
}

/** A client with the given headers on every request; paths are below `/api`. */
export const createApi = (url: string, always: Record<string, string> = {}): Api => {
  const send = async (method: string, path: string, body?: unknown, sending: Sending = {}): Promise<Reply> => {
    const content = sending.raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const headers = {
      ...(content === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...always,
      ...sending.headers,
    }
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers,
      body: typeof content === 'string' || content === undefined ? content : new Uint8Array(content),
      redirect: 'manual',
    })
    // A stream of events goes on until its reader has enough, which is at once here. `openStream` reads one.
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true && method !== 'HEAD'
    if (isStream) await response.body?.cancel()
    const text = isStream ? '' : await response.text()
    const isJson = /^application\/(?:[\w.-]+\+)?json\b/.test(response.headers.get('content-type') ?? '')
    const parsed: unknown = text === '' ? (isStream ? '' : null) : isJson ? JSON.parse(text) : text
    contract.check(method, `/api${path}`, response.status, response.headers, parsed)
    return { status: response.status, headers: response.headers, body: parsed, text }
  }
  return {
    send,
    get: (path, sending) => send('GET', path, undefined, sending),
    post: (path, body, sending) => send('POST', path, body, sending),
    put: (path, body, sending) => send('PUT', path, body, sending),
    patch: (path, body, sending) => send('PATCH', path, body, sending),
    delete: (path, sending) => send('DELETE', path, undefined, sending),
  }
}
