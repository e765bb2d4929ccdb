import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setImmediate as afterPoll, setTimeout as sleep } from 'node:timers/promises'
import { type ErrorCode, errorCodes } from '../../contract/error-codes.ts'
import { AppError } from '../errors.ts'
import { endEventStream } from '../live/event-stream.ts'
import { problemText } from './problem.ts'
import { limitTime } from './request-time.ts'

/** A server that listens. */
export interface WebServer {
  port: number
  /**
   * Takes no new connections, ends streams of events, and closes each connection with its next answer. Idle connections
   * are closed when no request has come for a while, and all connections after `graceMs`.
   */
  stop(graceMs: number): Promise<void>
}

/** While the server stops: how long no request comes before the idle connections are closed. */
const quietMs = 1_000
const lingerMs = 1_000

/**
 * How long a socket may take for the header, for a request, for a file, and without any progress; and how often that is
 * checked.
 */
const patience = { headerMs: 10_000, requestMs: 30_000, uploadMs: 900_000, idleMs: 30_000, checkMs: 2_000 }

/**
 * How many requests may wait on one connection, because 64 KB of small requests could ask for hundreds of megabytes at
 * once. Further requests are ignored, and the connection closes with the last answer; the client sends them again (RFC
 * 9112, 9.3.2).
 */
const maxWaiting = 16

/** The requests of a connection that have no answer yet. */
interface Waiting {
  responses: Set<ServerResponse>
  isClosing: boolean
}

const codes: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_too_slow',
  HPE_HEADER_OVERFLOW: 'header_too_large',
}

const details: Record<string, string> = {
  HPE_INVALID_URL: 'Percent-encode the address in UTF-8: ü is %C3%BC.',
}

/** The problem for a client whose request is not routed. */
const problemOf = (
  code: ErrorCode,
  detail?: string,
): { status: number; headers: Record<string, string>; body: string } => {
  const requestId = randomUUID()
  const body = problemText(new AppError(code, detail === undefined ? {} : { detail }), requestId)
  const headers = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
    Connection: 'close',
  }
  return { status: errorCodes[code].status, headers, body }
}

/** Writes the answer to the socket itself, when the input is not HTTP or comes too slowly. */
const refuse = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const { status, headers, body } = problemOf(codes[error.code ?? ''] ?? 'malformed_request', details[error.code ?? ''])
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  // This side is closed. A client that goes on sending would keep the socket open for ever.
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

/** A request must name one host (RFC 9112, 3.2). Only HTTP/1.0 may leave it out. */
const namesItsHost = ({ headersDistinct, httpVersion }: IncomingMessage): boolean => {
  const hosts = headersDistinct.host?.length ?? 0
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0')
}

/**
 * Starts to listen. Slow sockets are closed; see `patience`.
 * @throws Error of `listen`, such as EADDRINUSE.
 */
export const startServer = async (
  listener: RequestListener,
  host: string,
  port: number,
  { headerMs, requestMs, uploadMs, idleMs, checkMs } = patience,
): Promise<WebServer> => {
  const server = createServer({
    headersTimeout: headerMs,
    requestTimeout: uploadMs,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: checkMs,
    // Node would refuse such a request with an empty answer. `namesItsHost` refuses it with a problem.
    requireHostHeader: false,
  })
  server.timeout = idleMs
  const open = new Map<Socket, Waiting>()
  let isStopping = false
  let lastRequestAt = performance.now()

  const closeAfter = (res: ServerResponse): void => {
    if (!res.headersSent) res.setHeader('Connection', 'close')
  }
  const waitingOn = (socket: Socket): Waiting => {
    const waiting = open.get(socket)
    if (waiting) return waiting
    const none = { responses: new Set<ServerResponse>(), isClosing: false }
    open.set(socket, none)
    socket.once('close', () => open.delete(socket))
    return none
  }
  const onRequest: RequestListener = (req, res) => {
    const waiting = waitingOn(req.socket)
    const { responses } = waiting
    if (waiting.isClosing) return
    waiting.isClosing = responses.size === maxWaiting - 1
    if (!namesItsHost(req)) {
      const { status, headers, body } = problemOf('malformed_request')
      res.writeHead(status, headers).end(body)
      return
    }
    lastRequestAt = performance.now()
    responses.add(res)
    res.once('close', () => responses.delete(res))
    if (isStopping || waiting.isClosing) closeAfter(res)
    limitTime(req, { requestMs, uploadMs }, () => {
      if (res.headersSent) req.socket.destroy()
      else refuse({ name: '', message: '', code: 'ERR_HTTP_REQUEST_TIMEOUT' }, req.socket)
    })
    listener(req, res)
  }
  server.on('request', onRequest)
  // A server may ignore an unknown expectation (RFC 9110, 10.1.1).
  server.on('checkExpectation', onRequest)
  server.on('clientError', refuse)

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })

  const openResponses = (): ServerResponse[] => [...open.values()].flatMap(({ responses }) => [...responses])
  const isQuiet = (): boolean => openResponses().length === 0 && performance.now() - lastRequestAt > quietMs
  return {
    port: (server.address() as AddressInfo).port,
    async stop(graceMs) {
      isStopping = true
      // The `close` of http would cut idle connections, on which a request may already be on its way.
      let isClosed = false
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
      void closed.then(() => {
        isClosed = true
      })
      for (const res of openResponses()) {
        closeAfter(res)
        endEventStream(res)
      }
      lastRequestAt = performance.now()
      const deadline = performance.now() + graceMs
      while (!isClosed && !isQuiet() && performance.now() < deadline) {
        await sleep(20)
        // Lets the event loop read requests that have arrived, so that they are not cut.
        await afterPoll()
      }
      server.closeAllConnections()
      await closed
      server.close(() => {})
    },
  }
}

/** Why the program cannot listen there, or null. The start asks this before it opens anything else. */
export const findListenFault = (host: string, port: number): Promise<NodeJS.ErrnoException | null> =>
  new Promise((resolve) => {
    const probe = new NetServer()
    probe.once('error', resolve)
    probe.listen(port, host, () => probe.close(() => resolve(null)))
  })
