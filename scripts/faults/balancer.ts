import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A balancer in front of several programs. It hands on each new connection to one of them that listens. */
export interface Balancer {
  url: string
  /** The number of connections for which no program listened. */
  refused(): number
  stop(): void
}

const tryPort = (port: number): Promise<Socket | null> =>
  new Promise((resolve) => {
    const upstream = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
    upstream.once('connect', () => resolve(upstream)).once('error', () => resolve(null))
  })

/** Starts a balancer on a free port of 127.0.0.1. It takes the programs in turn, and does not read HTTP. */
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
    // A reset of one side resets the other side as well.
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
