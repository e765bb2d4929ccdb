import { AsyncLocalStorage } from 'node:async_hooks'
import type { ClientBase, Connection } from 'pg'
import { isBehindPooler } from './pooler.ts'
import type { Beside } from './statement-messages.ts'

/**
 * When PostgreSQL plans a statement: once on each connection, for all values; so, but anew after `runsPerPlan` runs; or
 * each time, for the values.
 */
export type Planning = 'once' | 'now and then' | 'each time'

const plannedEachTime = new AsyncLocalStorage<true>()

/**
 * Runs work for which nobody waits, such as a job. Its statements are planned each time, unless they are marked
 * otherwise: they read many rows, and do so rarely. With one plan for all values PostgreSQL takes a limit of some
 * hundred rows for a tenth of the table.
 */
export const withPlansForValues = <T>(work: () => T): T => plannedEachTime.run(true, work)

/** How a statement is planned that is not marked. */
export const usualPlanning = (): Planning => (plannedEachTime.getStore() === true ? 'each time' : 'once')

/**
 * How often a connection runs a statement with one plan, when it plans it now and then. To plan a batch takes 5 to 20
 * ms of the database, more than to run one of a few rows.
 */
const runsPerPlan = 16

/**
 * The names of statements that connections keep prepared. Lists have many forms: beyond `maxNames`, a form is prepared
 * for each run.
 */
const names = new Map<string, string>()
const maxNames = 256

const nameOfText = (text: string): string | undefined => {
  const known = names.get(text)
  if (known !== undefined || names.size >= maxNames) return known
  const name = `s${names.size + 1}`
  names.set(text, name)
  return name
}

/** What of node-postgres tells which statements a connection has prepared, and lets PostgreSQL forget one. */
type Prepared = Connection & {
  parsedStatements: Record<string, string>
  close(message: { type: 'S'; name: string }): void
}

/** Lets PostgreSQL forget a statement and its plan. The message goes in front of the next statement. */
const forget = (client: ClientBase, name: string): void => {
  const { connection } = client as unknown as { connection: Prepared }
  if (connection.parsedStatements[name] === undefined) return
  delete connection.parsedStatements[name]
  connection.close({ type: 'S', name })
}

const runs = new WeakMap<ClientBase, Map<string, number>>()

const countRun = (client: ClientBase, name: string): void => {
  const counted = runs.get(client) ?? new Map<string, number>()
  const count = counted.get(name) ?? 0
  if (count > 0 && count % runsPerPlan === 0) forget(client, name)
  runs.set(client, counted.set(name, count + 1))
}

/** The name under which a connection keeps a statement prepared that is run now; none for one that it does not keep. */
export const nameOfRun = (client: ClientBase, text: string, planning: Planning): string | undefined => {
  if (planning === 'each time' || isBehindPooler(client)) return undefined
  const name = nameOfText(text)
  if (name !== undefined && planning === 'now and then') countRun(client, name)
  return name
}

/**
 * Lets a new connection keep one plan of a statement for all values, from PostgreSQL 18 on: planning one takes longer
 * than running it. An older PostgreSQL chooses for each run. Where most tenants are small, it would find the ids of a
 * large tenant by reading all of its rows.
 */
export const keepPlans = async (client: ClientBase): Promise<void> => {
  await client.query(
    `select set_config('plan_cache_mode', 'force_generic_plan', false)
     where current_setting('server_version_num')::integer >= 180000`,
  )
}

const ownPlan: Beside = {
  name: 'own plan',
  text: "select set_config('plan_cache_mode', $1, true)",
  values: ['auto'],
}

/**
 * What goes in front of a statement so that it is planned as it should be. After a statement that is planned each time,
 * the rest of its transaction may be planned for its values, too. Behind a pooler that may be so for each statement.
 */
export const planningFor = (client: ClientBase, planning: Planning): Beside[] =>
  planning === 'each time' && !isBehindPooler(client) ? [ownPlan] : []
