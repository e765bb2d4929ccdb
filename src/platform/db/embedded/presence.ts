import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Advisory locks with two integers never meet those with a bigint, which migrations and job runners use. */
const LOCK = [0x434f554e, 1]
const RETURN_AFTER_MS = 1000

/** The URL of a database of the server. */
export const addressOf = (port: number, password: string, database = 'counterdesk'): string =>
  `postgresql://postgres:${password}@127.0.0.1:${port}/${database}?sslmode=disable`

/**
 * One connection per process, held from open to stop, with a shared advisory lock. It shows that the process uses the
 * server even when its pool is empty. Of several processes that leave, exactly one learns that it is the last.
 */
export interface Presence {
  /**
   * True when no other process is present. Then no process can enter any more, so the caller must stop the server.
   * @throws Error of `pg`, 57P01 when the server shuts down meanwhile.
   */
  leave(): Promise<boolean>
  close(): Promise<void>
}

/**
 * Enters a server that is ready. Answers null when the caller must try again, because the database had to be created
 * first or the last process is just leaving.
 * @throws Error of `pg`.
 */
export const enter = async (port: number, password: string): Promise<Presence | null> => {
  const url = addressOf(port, password)
  try {
    const client = await connectAsPresent(url)
    return client === null ? null : keepPresence(url, client)
  } catch (error) {
    if (codeOf(error) !== '3D000') throw error
    await createDatabase(addressOf(port, password, 'postgres'))
    return null
  }
}

/** The SQLSTATE or system code of an error, or an empty text. */
export const codeOf = (error: unknown): string => (error as { code?: string }).code ?? ''

const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'counterdesk presence',
    connectionTimeoutMillis: 5000,
  })
  client.on('error', () => {}) // handled at 'end'; without a listener an error would end the process
  await client.connect()
  return client
}

const connectAsPresent = async (url: string): Promise<pg.Client | null> => {
  const client = await connect(url)
  const { rows } = await client.query('select pg_try_advisory_lock_shared($1, $2) as entered', LOCK)
  if (rows[0].entered) return client
  await client.end()
  return null
}

const createDatabase = async (url: string): Promise<void> => {
  const client = await connect(url)
  try {
    await client.query('create database counterdesk')
  } catch (error) {
    // Another process creates it too. The slower process learns that it exists, or that the template is in use.
    if (!['42P04', '23505', '55006'].includes(codeOf(error))) throw error
  } finally {
    await client.end()
  }
}

/**
 * Sets whether the connection keeps the process alive. `pg` documents `ref` and `unref`, but its types do not have
 * them.
 */
const detach = (client: pg.Client, detached: boolean): void => {
  const socket = client as pg.Client & { ref(): void; unref(): void }
  if (detached) socket.unref()
  else socket.ref()
}

/**
 * Keeps a connection that does not keep the process alive. It connects again when PostgreSQL restarts after a crash.
 */
const keepPresence = (url: string, first: pg.Client): Presence => {
  let client: pg.Client | null = null
  let leaving = false
  let lost: Error | null = null // why the connection ended; a query that comes after it learns only that it ended
  const hold = (held: pg.Client) => {
    client = held
    lost = null
    detach(held, true)
    held.on('error', (error) => {
      lost ??= error
    })
    held.once('end', () => {
      client = null
      if (!leaving) void comeBack()
    })
  }
  const comeBack = async () => {
    while (!leaving && client === null) {
      await sleep(RETURN_AFTER_MS, null, { ref: false })
      const again = leaving ? null : await connectAsPresent(url).catch(() => null)
      if (again !== null && leaving) await again.end()
      else if (again !== null) hold(again)
    }
  }
  hold(first)
  return {
    leave: async () => {
      leaving = true
      client ??= await connect(url)
      detach(client, false)
      try {
        await client.query('select pg_advisory_unlock_all()')
        const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as last', LOCK)
        return rows[0].last
      } catch (error) {
        throw lost ?? error
      }
    },
    close: async () => {
      leaving = true
      await client?.end()
    },
  }
}
