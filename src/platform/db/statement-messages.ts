import pg from 'pg'
import { isBehindPooler } from './pooler.ts'

/** A statement that goes in front of another, or behind it. Each connection prepares it once, under its name. */
export interface Beside {
  name: string
  text: string
  values: string[]
}

/** The statements beside others that each connection has prepared, by their names. */
const prepared = new WeakMap<pg.ClientBase, Set<string>>()

/** Whether a connection has prepared a statement, so that it can go beside another. */
export const isPrepared = (client: pg.ClientBase, { name }: Beside): boolean => prepared.get(client)?.has(name) ?? false

/** Runs a statement alone. After that the connection has prepared it, unless it keeps nothing. */
export const runAlone = async (client: pg.ClientBase, beside: Beside): Promise<pg.QueryResult> => {
  if (isBehindPooler(client)) return client.query(beside.text, beside.values)
  const result = await client.query({ ...beside })
  prepared.set(client, (prepared.get(client) ?? new Set()).add(beside.name))
  return result
}

/** What a statement needs of node-postgres to send others beside it, in the same round trip. */
type Messages = Pick<pg.Connection, 'stream'> & {
  parse(message: { name: string; text: string; types: number[] }): void
  bind(message: pg.BindConfig): void
  describe(message: pg.MessageConfig): void
  execute(message: pg.ExecuteConfig): void
  sync(): void
}

const send = (messages: Messages, { name, text, values }: Beside, isNamed: boolean): void => {
  if (!isNamed) messages.parse({ name: '', text, types: [] })
  messages.bind({ statement: isNamed ? name : '', values })
  messages.describe({ type: 'P' })
  messages.execute({})
}

/**
 * Runs a statement with others beside it, in one round trip. One Sync follows all of them, and what lies between two
 * Syncs is one transaction to PostgreSQL, unless one of them begins or ends a transaction block (manual, "Extended
 * Query"). When one fails, those behind it are not run. Behind a pooler in transaction mode nothing has a name, because
 * the pooler may give the next statement to another server connection.
 * @param after the statements behind it, which the connection has prepared.
 * @returns the result of the statement, and those of the statements behind it.
 * @throws the error of the first that failed.
 */
export const runBeside = async (
  client: pg.ClientBase,
  config: pg.QueryConfig,
  { before = [], after = [] }: { before?: Beside[]; after?: Beside[] },
): Promise<{ result: pg.QueryResult; after: pg.QueryResult[] }> => {
  const isNamed = !isBehindPooler(client)
  if (isNamed) for (const beside of before) if (!isPrepared(client, beside)) await runAlone(client, beside)
  const running = new Promise<{ result: pg.QueryResult; after: pg.QueryResult[] }>((resolve, reject) => {
    const query = new pg.Query({ ...config, queryMode: 'extended' } as pg.QueryConfig, (error, results) => {
      if (error) return reject(error)
      const [result, ...behind] = ([results].flat() as unknown as pg.QueryResult[]).slice(before.length)
      resolve({ result: result as pg.QueryResult, after: behind })
    }) as pg.Query & { _getRows(connection: Messages): void }
    const submit = query.submit.bind(query)
    query.submit = (connection) => {
      const messages = connection as unknown as Messages
      messages.stream.cork()
      for (const beside of before) send(messages, beside, isNamed)
      const refusal = submit(connection)
      messages.stream.uncork()
      return refusal
    }
    // The last messages of a statement: its Execute, and the Sync.
    query._getRows = (messages) => {
      messages.execute({})
      for (const beside of after) send(messages, beside, isNamed)
      messages.sync()
    }
    client.query(query)
  })
  try {
    return await running
  } catch (error) {
    // The stack is that of whoever waits, and not that of the socket; node-postgres does the same.
    if (error instanceof Error) Error.captureStackTrace(error)
    throw error
  }
}
