import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What becomes of a connection: `pass` hands everything on; `refuse` listens no more; `reset` takes a connection and
 * resets it; `blackhole` takes it and what it sends, and answers nothing, as a network that has died silently does, and
 * connections that were there are dead from then on.
 */
export type ProxyMode = 'pass' | 'refuse' | 'reset' | 'blackhole'

/** A wire between a program and a server that a test can break. */
export interface TcpProxy {
  port: number
  /** From now on. Connections that are there stay, but for `blackhole`. */
  become(mode: ProxyMode): Promise<void>
  /** Cuts all connections that are there, as a server that is killed does. */
  cut(): void
  /** How many there are. */
  connections(): number
  stop(): Promise<void>
}

interface Pair {
  client: Socket
  upstream: Socket | null
  isDead: boolean
}

/** Hands on what comes, unless the wire is dead by now: then it is taken and lost. */
const pipe = (pair: Pair, from: Socket, to: Socket): void => {
  from.on('data', (part) => {
    if (!pair.isDead) to.write(part)
  })
  from.on('end', () => {
    if (!pair.isDead) to.end()
    // A backend that waits for a client to sign in would otherwise hold up every DROP DATABASE on the tests' server.
    else if (from === pair.client) from.destroy()
  })
}

/** Starts a proxy on a free port of loopback. */
export const startTcpProxy = async (targetHost: string, targetPort: number): Promise<TcpProxy> => {
  const pairs = new Set<Pair>()
  let mode: ProxyMode = 'pass'

  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on('error', () => {})
    if (mode === 'reset') {
      client.resetAndDestroy()
      return
    }
    const upstream = mode === 'pass' ? connect({ host: targetHost, port: targetPort, allowHalfOpen: true }) : null
    const pair: Pair = { client, upstream, isDead: upstream === null }
    pairs.add(pair)
    client.once('close', () => {
      pairs.delete(pair)
      upstream?.destroy()
    })
    if (upstream === null) {
      client.resume().once('end', () => client.destroy())
      return
    }
    upstream.on('error', () => {})
    upstream.once('close', () => {
      if (!pair.isDead) client.destroy()
    })
    pipe(pair, client, upstream)
    pipe(pair, upstream, client)
  })
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
  const close = (): void => {
    if (server.listening) server.close()
  }

  await listen(0)
  const { port } = server.address() as AddressInfo
  const cut = (): void => {
    for (const { client, upstream } of pairs) {
      client.resetAndDestroy()
      upstream?.destroy()
    }
  }
  return {
    port,
    cut,
    connections: () => pairs.size,
    async become(next) {
      mode = next
      if (next === 'blackhole') for (const pair of pairs) pair.isDead = true
      if (next === 'refuse') close()
      else if (!server.listening) await listen(port)
    },
    async stop() {
      cut()
      close()
    },
  }
}

/** The same for a database: its URL, by way of a proxy. */
export const startDatabaseProxy = async (databaseUrl: string): Promise<{ proxy: TcpProxy; url: string }> => {
  const url = new URL(databaseUrl)
  const proxy = await startTcpProxy(url.hostname, Number(url.port || 5432))
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  return { proxy, url: url.href }
}
