import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What the proxy does with connections. `pass` hands on everything. `refuse` does not listen. `reset` accepts a
 * connection and resets it. `blackhole` accepts connections and what they send, and never answers, like a network that
 * has gone silent; earlier connections are dead from then on. The other modes hand on what comes: late, or until the
 * client has sent so many bytes, or a part that `cutOn` looks for. Then the proxy cuts the line, after the server has
 * got everything and before it can answer.
 */
type ProxyMode =
  | 'pass'
  | 'refuse'
  | 'reset'
  | 'blackhole'
  | { delayMs: number }
  | { cutAfterBytes: number }
  | { cutOn: (fromClient: Buffer) => boolean }

/** A proxy between a program and a server, which a test can break. */
export interface TcpProxy {
  port: number
  /** Sets the mode from now on, for open connections as well. `refuse` and `reset` do not touch open connections. */
  become(mode: ProxyMode): Promise<void>
  /** Cuts all open connections, like a server that is killed. */
  cut(): void
  /** The number of open connections. */
  connections(): number
  stop(): Promise<void>
}

interface Pair {
  client: Socket
  upstream: Socket | null
  isDead: boolean
  /** What the client has sent since the mode changed. */
  bytes: number
}

/** Ends a connection for the client at once, and for the server when it has read what was handed on. */
const cutLine = ({ client, upstream }: Pair): void => {
  client.resetAndDestroy()
  upstream?.destroySoon()
}

/** Hands a part on, or as much of it as the mode allows. */
const handOn = (pair: Pair, part: Buffer, to: Socket, mode: ProxyMode): void => {
  if (pair.isDead || to.destroyed) return
  const isFromClient = to === pair.upstream
  if (!isFromClient || typeof mode === 'string' || 'delayMs' in mode) {
    to.write(part)
    return
  }
  const room = 'cutAfterBytes' in mode ? mode.cutAfterBytes - pair.bytes : part.length
  pair.bytes += part.length
  to.write(part.subarray(0, Math.max(0, room)))
  if ('cutOn' in mode ? mode.cutOn(part) : part.length >= room) cutLine(pair)
}

/** Hands on what comes, in its order. On a dead connection it is lost. */
const pipe = (pair: Pair, from: Socket, to: Socket, modeNow: () => ProxyMode): void => {
  let late = Promise.resolve()
  let waiting = 0
  const inTurn = (act: (mode: ProxyMode) => void): void => {
    const mode = modeNow()
    const delay = typeof mode === 'object' && 'delayMs' in mode ? mode.delayMs : 0
    if (delay === 0 && waiting === 0) {
      act(mode)
      return
    }
    waiting += 1
    const due = sleep(delay, undefined, { ref: false })
    late = Promise.all([late, due]).then(() => {
      waiting -= 1
      act(modeNow())
    })
  }
  from.on('data', (part: Buffer) => inTurn((mode) => handOn(pair, part, to, mode)))
  from.on('end', () =>
    inTurn(() => {
      if (!pair.isDead) to.end()
      // A backend that waits for a client to sign in would otherwise hold up every DROP DATABASE on the tests' server.
      else if (from === pair.client) from.destroy()
    }),
  )
}

/** Starts a proxy on a free port of 127.0.0.1. */
export const startTcpProxy = async (targetHost: string, targetPort: number): Promise<TcpProxy> => {
  const pairs = new Set<Pair>()
  let mode: ProxyMode = 'pass'

  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on('error', () => {})
    if (mode === 'reset') {
      client.resetAndDestroy()
      return
    }
    const upstream = mode === 'blackhole' ? null : connect({ host: targetHost, port: targetPort, allowHalfOpen: true })
    const pair: Pair = { client, upstream, isDead: upstream === null, bytes: 0 }
    pairs.add(pair)
    client.once('close', () => {
      pairs.delete(pair)
      upstream?.destroySoon()
    })
    if (upstream === null) {
      client.resume().once('end', () => client.destroy())
      return
    }
    upstream.on('error', () => {})
    upstream.once('close', () => {
      if (!pair.isDead) client.destroy()
    })
    pipe(pair, client, upstream, () => mode)
    pipe(pair, upstream, client, () => mode)
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
      for (const pair of pairs) pair.bytes = 0
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

/** Starts a proxy in front of a database. Answers with the address of the database through the proxy as well. */
export const startDatabaseProxy = async (databaseUrl: string): Promise<{ proxy: TcpProxy; url: string }> => {
  const url = new URL(databaseUrl)
  const proxy = await startTcpProxy(url.hostname, Number(url.port || 5432))
  url.hostname = '127.0.0.1'
  url.port = String(proxy.port)
  return { proxy, url: url.href }
}
