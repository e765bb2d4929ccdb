import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface WebServer {
  port: number
  /** Takes no new connection, answers what has come in, then closes; after `graceMs` at the latest. */
  stop(graceMs: number): Promise<void>
}

const quietMs = 300

/** What cannot be read as HTTP, or comes too slowly, gets a problem too, written by hand as there is no request. */
const refuse = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const [status, title] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'The request came too slowly']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'The header is too large']
        : ['400 Bad Request', 'The request is malformed']
  const body = JSON.stringify({
    type: 'about:blank',
    title,
    status: Number(status.slice(0, 3)),
    code: 'malformed_request',
    detail: `${title}.`,
    request_id: randomUUID(),
  })
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/problem+json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

/**
 * Listens. Sockets that dawdle are closed: 10 s for the header, 30 s for the request, 30 s without any progress.
 * @throws the error of `listen`, such as EADDRINUSE.
 */
export const startServer = async (listener: RequestListener, host: string, port: number): Promise<WebServer> => {
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 2_000,
  })
  server.timeout = 30_000
  const open = new Set<ServerResponse>()
  let isStopping = false
  let lastRequestAt = performance.now()

  const closeAfter = (res: ServerResponse): void => {
    if (!res.headersSent) res.setHeader('Connection', 'close')
  }
  server.on('request', (req, res) => {
    lastRequestAt = performance.now()
    open.add(res)
    res.once('close', () => open.delete(res))
    if (isStopping) closeAfter(res)
    listener(req, res)
  })
  server.on('clientError', refuse)

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })

  const isQuiet = (): boolean => open.size === 0 && performance.now() - lastRequestAt > quietMs
  return {
    port: (server.address() as AddressInfo).port,
    async stop(graceMs) {
      isStopping = true
      // http's own close() would cut connections that are idle for the moment, with a request on its way on them.
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
      for (const res of open) closeAfter(res)
      lastRequestAt = performance.now()
      const deadline = performance.now() + graceMs
      while (!isQuiet() && performance.now() < deadline) await sleep(20)
      if (isQuiet()) server.closeIdleConnections()
      server.closeAllConnections()
      await closed
      server.close(() => {})
    },
  }
}

/** Whether the port can be listened on; so that a taken one is told before anything else is opened. */
export const isPortFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = new NetServer()
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    probe.listen(port, host, () => probe.close(() => resolve(true)))
  })
