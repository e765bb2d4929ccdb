import { request as httpRequest } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { createAuthority } from '../support/certificates.ts'

/** From which address the proxy asks the program: `TRUST_PROXY` names it, and every other peer is a stranger. */
export const proxyAddress = '127.0.0.2'

/** A proxy in front of a program: it speaks TLS with clients, and HTTP with the program. */
export interface TlsProxy {
  port: number
  /** The certificate of the authority that a client has to trust. */
  authority: string
  stop(): Promise<void>
}

/**
 * Starts a proxy on a free port of 127.0.0.1, with a certificate for these host names. It hands on `Host` and all other
 * headers of the client, as proxies do that nobody has taught better, and says `https` in `X-Forwarded-Proto`.
 */
export const startTlsProxy = async (programPort: number, names: string[]): Promise<TlsProxy> => {
  const authority = createAuthority('Proxy of the tests')
  const { key, certificate: cert } = authority.issue(names)
  const sockets = new Set<Socket>()
  const server = createServer({ key, cert }, (incoming, outgoing) => {
    const headers = {
      ...incoming.headers,
      'x-forwarded-proto': 'https',
      'x-forwarded-for': incoming.socket.remoteAddress,
    }
    const target = { host: '127.0.0.1', port: programPort, localAddress: proxyAddress }
    const onward = httpRequest(
      { ...target, method: incoming.method, path: incoming.url, headers, agent: false },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(outgoing)
      },
    )
    onward.once('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    authority: authority.certificate,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
