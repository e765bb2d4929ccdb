import pg from 'pg'
import { isBehindPooler } from './pooler.ts'

/**
 * What PostgreSQL is to avoid: `sorting`, so it takes rows in the order of an index, instead of reading all of them to
 * sort them; `whole reads`, so it follows an index, and neither reads a table from end to end nor gathers all places of
 * an index first.
 */
export type Avoided = 'sorting' | 'whole reads'

/** What holds for one statement only. */
export interface Limits {
  /** After how many milliseconds the server cancels the statement. */
  timeoutMs: number
  /** True: PostgreSQL makes one plan for all values, which it keeps when the statement has a name. */
  isPlanForAll: boolean
  /** What PostgreSQL does only where it has no other way. Nothing when left out. */
  avoided?: Avoided
}

const limitsText = "select set_config('statement_timeout', $1, true), set_config('plan_cache_mode', $2, true)"

const switchedOff = (...names: string[]): string =>
  [limitsText, ...names.map((name) => `set_config('${name}', 'off', true)`)].join(', ')

/** The statements that set the limits of the statement behind them. Each connection prepares each of them once. */
const settings = {
  none: { name: 'limits', text: limitsText },
  sorting: { name: 'limits without sorting', text: switchedOff('enable_sort', 'enable_incremental_sort') },
  'whole reads': { name: 'limits by index', text: switchedOff('enable_seqscan', 'enable_bitmapscan') },
}

const valuesOf = ({ timeoutMs, isPlanForAll }: Limits): string[] => [
  `${timeoutMs}ms`,
  isPlanForAll ? 'force_generic_plan' : 'auto',
]

/** The settings that each connection has prepared, by their names. */
const prepared = new WeakMap<pg.ClientBase, Set<string>>()

/** What a statement needs of node-postgres to send another one in front, in the same round trip. */
type Messages = Pick<pg.Connection, 'stream'> & {
  parse(message: { name: string; text: string; types: number[] }): void
  bind(message: pg.BindConfig): void
  describe(message: pg.MessageConfig): void
  execute(message: pg.ExecuteConfig): void
}

/** A statement that sets what holds for the statement behind it. */
interface Setting {
  name: string
  text: string
  values: string[]
}

/**
 * Runs a statement behind another that sets what holds for it, in one round trip and without a transaction block. One
 * Sync follows both. What lies between two Syncs is one transaction to PostgreSQL (manual, "Extended Query"), and the
 * settings are local to a transaction. So they end with the statement, also when the server cancels it, and the
 * connection has nothing to put back. Behind a pooler in transaction mode the setting has no name, because the pooler
 * may give the next statement to another server connection; both parts of one transaction stay together.
 */
const runBehind = async (client: pg.ClientBase, config: pg.QueryConfig, setting: Setting): Promise<pg.QueryResult> => {
  const { values } = setting
  const isNamed = !isBehindPooler(client)
  const known = prepared.get(client) ?? new Set()
  if (isNamed && !known.has(setting.name)) {
    await client.query({ ...setting, values })
    prepared.set(client, known.add(setting.name))
  }
  return new Promise((resolve, reject) => {
    const query = new pg.Query({ ...config, queryMode: 'extended' } as pg.QueryConfig, (error, results) => {
      // The result of the setting comes first.
      if (error) reject(error)
      else resolve((results as unknown as pg.QueryResult[]).at(-1) as pg.QueryResult)
    })
    const submit = query.submit.bind(query)
    query.submit = (connection) => {
      const messages = connection as unknown as Messages
      messages.stream.cork()
      if (!isNamed) messages.parse({ name: '', text: setting.text, types: [] })
      messages.bind({ statement: isNamed ? setting.name : '', values })
      messages.describe({ type: 'P' })
      messages.execute({})
      const refusal = submit(connection)
      messages.stream.uncork()
      return refusal
    }
    client.query(query)
  })
}

/**
 * Runs a statement with limits of its own, in one round trip (`runBehind`).
 * @throws the error of the statement; `isCancelled` knows that of a statement that took too long.
 */
export const runLimited = (client: pg.ClientBase, config: pg.QueryConfig, limits: Limits): Promise<pg.QueryResult> =>
  runBehind(client, config, { ...settings[limits.avoided ?? 'none'], values: valuesOf(limits) })

const ownPlan: Setting = {
  name: 'own plan',
  text: "select set_config('plan_cache_mode', $1, true)",
  values: ['auto'],
}

/**
 * Runs a statement that is planned for its values, in one round trip. In a transaction block, what follows in the block
 * may be planned for its values, too. Behind a pooler that is so for each statement.
 */
export const runPlanned = (client: pg.ClientBase, config: pg.QueryConfig): Promise<pg.QueryResult> =>
  isBehindPooler(client) ? client.query(config) : runBehind(client, config, ownPlan)
