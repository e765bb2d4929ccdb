import type pg from 'pg'
import { runBeside } from './statement-messages.ts'

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

/**
 * Runs a statement with limits of its own, in one round trip and without a transaction block. The settings in front of
 * it are local to a transaction. So they end with the statement, also when the server cancels it, and the connection
 * has nothing to put back (`runBeside`).
 * @throws the error of the statement; `isCancelled` knows that of a statement that took too long.
 */
export const runLimited = async (
  client: pg.ClientBase,
  config: pg.QueryConfig,
  limits: Limits,
): Promise<pg.QueryResult> => {
  const setting = { ...settings[limits.avoided ?? 'none'], values: valuesOf(limits) }
  return (await runBeside(client, config, { before: [setting] })).result
}
