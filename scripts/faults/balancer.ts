import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What stands in front of several programs: hands each new connection on to one of them that listens. */
export interface Balancer {
  url: string
  /** How many connections nobody listened for. */
  refused(): number
  stop(): void
}

const tryPort = (port: number): Promise<Socket | null> =>
  new Promise((resolve) => {
    const upstream = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    upstream.once('connect', () => resolve(upstream)).once('error', () => resolve(null))
  })

/** Starts one on a free port of loopback. Programs are taken in turn; it knows nothing of HTTP. */
export const startBalancer = async (ports: number[]): Promise<Balancer> => {
  let turn = 0
  let refused = 0
  const sockets = new Set<Socket>()
  const keep = (socket: Socket): void => {
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
  }
  const findUpstream = async (): Promise<Socket | null> => {
    const first = turn
    turn += 1
    for (let offset = 0; offset < ports.length; offset += 1) {
      const upstream = await tryPort(ports[(first + offset) % ports.length] ?? 0)
      if (upstream !== null) return upstream
    }
    return null
  }
  const join = async (client: Socket): Promise<void> => {
    const upstream = await findUpstream()
    if (upstream === null) {
      refused += 1
      client.resetAndDestroy()
      return
    }
    keep(upstream)
    if (client.destroyed) {
      upstream.destroy()
      return
    }
    client.pipe(upstream).pipe(client)
    // A reset of one side is one for the other, too.
    client.on('error', () => upstream.resetAndDestroy())
    upstream.on('error', () => client.resetAndDestroy())
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroySoon())
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    keep(client)
    void join(client)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve())
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refused,
    stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
