import pg, { type Pool } from 'pg'
import { z } from 'zod'
import { adoptApplicationRole } from '../db/application-role.ts'
import { outOfTurn } from '../db/connection-turns.ts'
import { sessionOptionsOf } from '../db/pool.ts'
import { type Db, exec, many, type Sql, sql, type Tx } from '../db/sql.ts'
import type { Log } from '../log.ts'

// What happened in one process and all others want to know at once. A signal says only where to look, so that one that
// is lost or comes twice does no harm. PostgreSQL carries signals: LISTEN and NOTIFY.

/** Something happened in a tenant: of what kind, and to what. */
export interface Signal {
  tenantId: number
  kind: string
  key: string
}

/** The signals that reach this process. */
export interface Signals {
  /**
   * Calls the listener for each signal of the tenant, or of all tenants, and for those of kind `resync`, which say that
   * signals may have been lost. The first listener opens the connection. Answers with the function that ends it.
   */
  on(listener: (signal: Signal) => void, tenantId?: number): () => void
  /**
   * Waits until signals are heard, for `ms` at most: while the database is away nothing is.
   */
  ready(ms: number): Promise<void>
  /** Ends the connection. */
  close(): Promise<void>
}

/** The kind of signal that the fan-out gives when events of a tenant got their positions. */
export const eventsKind = 'events'
/** The kind of signal that says: look again, because signals may have been lost. */
export const resyncKind = 'resync'
const resync: Signal = { tenantId: 0, kind: resyncKind, key: '' }

const channel = 'counterdesk'
/** PostgreSQL refuses payloads from 8,000 bytes on. */
const payloadBytes = 7_500
const maxKeyLength = 100
/**
 * How often the heads of tenants are looked at, in milliseconds.
 * @internal Exported for its test.
 */
export const headsMs = { look: 1_000 }
/** A look that takes longer than this means that the connection is dead. */
const answerMs = 5_000
const firstDelayMs = 100
const longestDelayMs = 2_000

const Triples = z.array(z.tuple([z.int(), z.string(), z.string()]))

const payloadsOf = (signals: Signal[]): string[] => {
  const texts = new Set(signals.map(({ tenantId, kind, key }) => JSON.stringify([tenantId, kind, key])))
  const payloads: string[] = []
  let open: string[] = []
  let bytes = 2
  for (const text of texts) {
    const size = Buffer.byteLength(text) + 1
    if (bytes + size > payloadBytes) {
      payloads.push(`[${open.join()}]`)
      open = []
      bytes = 2
    }
    open.push(text)
    bytes += size
  }
  return open.length === 0 ? payloads : [...payloads, `[${open.join()}]`]
}

/**
 * Tells all processes of signals, when the transaction that runs this has committed. Equal signals are told once.
 * @throws RangeError for a key above 100 characters.
 */
export const notifySignals = (signals: Signal[]): Sql => {
  const long = signals.find(({ key }) => key.length > maxKeyLength)
  if (long !== undefined) throw new RangeError(`the key of a signal of kind ${long.kind} is too long`)
  return sql`select pg_notify(${channel}, p.payload) from unnest(${payloadsOf(signals)}::text[]) as p (payload)`
}

/** Tells all processes of signals, as `notifySignals`, in a statement of its own. */
export const sendSignals = async (db: Db, signals: Signal[]): Promise<void> => {
  if (signals.length > 0) await exec(db, notifySignals(signals))
}

const Head = z.object({ tenant_id: z.int(), position: z.int() })

/** A connection that listens. It looks at the heads of tenants, too, which also shows whether it is alive. */
interface Ear {
  look(tenantIds: number[]): Promise<z.output<typeof Head>[]>
  end(): Promise<void>
}

const openEar = async (pool: Pool, onSignal: (signal: Signal) => void, onLost: () => void): Promise<Ear> => {
  const client = new pg.Client({
    ...sessionOptionsOf(pool),
    application_name: 'counterdesk signals',
    query_timeout: answerMs,
  } as pg.ClientConfig)
  client.on('error', onLost).on('end', onLost)
  client.on('notification', ({ payload = '[]' }) => {
    for (const [tenantId, kind, key] of Triples.parse(JSON.parse(payload))) onSignal({ tenantId, kind, key })
  })
  const end = (): Promise<void> => client.end().catch(() => {})
  try {
    await client.connect()
    await adoptApplicationRole(client)
    await client.query(`listen ${channel}`)
  } catch (error) {
    void end()
    throw error
  }
  return {
    look: (tenantIds) =>
      many(
        client as unknown as Tx,
        Head,
        sql`select h.tenant_id, h.position from event_heads h where h.tenant_id = any(${tenantIds}::integer[])`,
      ),
    end,
  }
}

/** Makes the signals of a process. They cost nothing until somebody listens, then one connection beside the pool. */
export const createSignals = (pool: Pool, log: Log): Signals => {
  const listeners = new Map<(signal: Signal) => void, number | undefined>()
  /** The positions that the last look found. */
  let heads = new Map<number, number>()
  let running: Promise<void> | null = null
  let isListening = false
  const awaiting = new Set<() => void>()
  let isClosed = false
  let wake = (): void => {}

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const tell = (signal: Signal): void => {
    for (const [listener, tenantId] of [...listeners]) {
      if (tenantId !== undefined && signal.kind !== resyncKind && tenantId !== signal.tenantId) continue
      try {
        listener(signal)
      } catch (error) {
        log.error({ error }, 'a listener of signals failed')
      }
    }
  }
  const look = async (ear: Ear): Promise<void> => {
    const wanted = [...new Set([...listeners.values()].filter((id) => id !== undefined))]
    const found = new Map((await ear.look(wanted)).map((head) => [head.tenant_id, head.position]))
    const moved = [...found].filter(([id, position]) => heads.has(id) && heads.get(id) !== position)
    heads = found
    for (const [tenantId] of moved) tell({ tenantId, kind: eventsKind, key: '' })
  }
  /** Listens until the connection is lost. */
  const listen = async (onOpen: () => void): Promise<void> => {
    let isLost = false
    const ear = await openEar(pool, tell, () => {
      isLost = true
      wake()
    })
    try {
      onOpen()
      isListening = true
      for (const resolve of awaiting) resolve()
      tell(resync)
      while (!isClosed && !isLost) {
        if (listeners.size > 0) await look(ear)
        if (!isClosed && !isLost) await pause(headsMs.look)
      }
    } finally {
      isListening = false
      await ear.end()
    }
  }
  const run = async (): Promise<void> => {
    let delayMs = firstDelayMs
    while (!isClosed) {
      await listen(() => {
        delayMs = firstDelayMs
      }).catch((error) => log.warn({ error }, 'the connection for signals was lost'))
      if (isClosed) return
      await pause(delayMs)
      delayMs = Math.min(longestDelayMs, 2 * delayMs)
    }
  }
  const start = (): void => {
    if (!isClosed) running ??= outOfTurn(run)
  }
  return {
    on(listener, tenantId) {
      listeners.set(listener, tenantId)
      start()
      return () => void listeners.delete(listener)
    },
    async ready(ms) {
      start()
      if (isListening) return
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          awaiting.delete(done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        awaiting.add(done)
      })
    },
    async close() {
      isClosed = true
      listeners.clear()
      wake()
      await running
    },
  }
}
