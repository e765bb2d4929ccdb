import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Request } from './fuzz-requests.ts'

/** An answer as it came. */
export interface Answer {
  status: number
  headers: Headers
  text: string
}

/** Sends requests as they are, also those that no well-behaved client would send. */
export interface Client {
  origin: string
  send(request: Request): Promise<Answer>
  close(): void
}

const headersOf = (raw: string[]): Headers => {
  const headers = new Headers()
  for (let at = 0; at + 1 < raw.length; at += 2) headers.append(raw[at] ?? '', raw[at + 1] ?? '')
  return headers
}

/** Whether Node's client would refuse to write a value into a header. */
const isUnsendable = (value: string): boolean => /[^\t\x20-\x7e\x80-\xff]/.test(value)

/** Whether an answer is a stream, which has no end. */
const isStream = (headers: Headers): boolean => headers.get('content-type')?.startsWith('text/event-stream') ?? false

/** What an answer holds: JSON read, other text as it is, nothing of a stream. Null: the answer has no body. */
export const bodyIn = ({ headers, text }: Answer): unknown => {
  if (isStream(headers) || headers.get('content-type')?.startsWith('text/html')) return text
  return text === '' ? null : JSON.parse(text)
}

/** What follows the head of an answer; nothing of a stream, which is closed. */
const textOf = async (response: IncomingMessage): Promise<string> => {
  if (!isStream(headersOf(response.rawHeaders))) return (await buffer(response)).toString()
  response.destroy()
  return ''
}

/** The bytes of a connection until its end, or until they show that a stream begins. */
const bytesOf = async (socket: Socket): Promise<string> => {
  const read: Buffer[] = []
  for await (const chunk of socket) {
    read.push(chunk)
    if (/^content-type: *text\/event-stream[\s\S]*\r\n\r\n/im.test(Buffer.concat(read).toString('latin1'))) break
  }
  return Buffer.concat(read).toString()
}

/** Writes a request by hand and reads the first answer to it. */
const sendBytes = async (origin: URL, { method, url, headers, body }: Request): Promise<Answer> => {
  const lines = Object.entries({ Host: origin.host, Connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const length = body === null ? '' : `Content-Length: ${body.length}\r\n`
  const head = Buffer.from(`${method} ${url} HTTP/1.1\r\n${length}${lines.join('')}\r\n`, 'latin1')
  const socket = connect(Number(origin.port), origin.hostname)
  socket.write(Buffer.concat([head, body ?? Buffer.alloc(0)]))
  const answer = await bytesOf(socket)
  socket.destroy()
  const end = answer.indexOf('\r\n\r\n')
  const [statusLine = '', ...fields] = answer.slice(0, end).split('\r\n')
  const raw = fields.flatMap((field) => [
    field.slice(0, field.indexOf(':')),
    field.slice(field.indexOf(':') + 1).trim(),
  ])
  const answered = headersOf(raw)
  const text = answer.slice(end + 4)
  const size = Number(answered.get('content-length') ?? 0)
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: answered,
    text: Buffer.from(text).subarray(0, size).toString(),
  }
}

/** A client of the server at `url`. */
export const createClient = (url: string): Client => {
  const origin = new URL(url)
  const agent = new Agent({ keepAlive: true })
  const sendByNode = (sent: Request): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const length = sent.body === null ? {} : { 'Content-Length': sent.body.length }
      const options = { agent, method: sent.method, path: sent.url, headers: { ...length, ...sent.headers } }
      const request = httpRequest(origin, options, (response) => {
        const { statusCode = 0, rawHeaders } = response
        const headers = headersOf(rawHeaders)
        textOf(response).then((text) => resolve({ status: statusCode, headers, text }), reject)
      })
      request.once('error', reject)
      request.end(sent.body ?? undefined)
    })
  return {
    origin: origin.origin,
    send: (request) =>
      Object.values(request.headers).some(isUnsendable) ? sendBytes(origin, request) : sendByNode(request),
    close: () => agent.destroy(),
  }
}
