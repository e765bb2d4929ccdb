import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type pg from 'pg'
import { median } from '../lib/statistics.ts'
import type { BenchDatabase } from './bench-database.ts'
import type { Measured, Order } from './load-generator.ts'
import { cpuSeconds, cpuSecondsOfFamily, residentMegabytes, type Server } from './server-process.ts'

/** One measurement, with the seconds of CPU for 1000 answers, and the resident memory of the server in MB. */
export type Sample = Omit<Measured, 'answer'> & { cpuPer1000: number; databaseCpuPer1000: number; memory: number }

const generator = fileURLToPath(new URL('./load-generator.ts', import.meta.url))
const run = promisify(execFile)

/** Runs the load generator in a process of its own, and answers with what it measured. */
export const load = async (order: Order): Promise<Measured> => {
  const running = run(process.execPath, [generator])
  running.child.stdin?.end(JSON.stringify(order))
  const { stdout } = await running
  return JSON.parse(stdout)
}

const drainedWithinMs = 120_000

const count = async (pool: pg.Pool, statement: string): Promise<number> =>
  Number((await pool.query(statement)).rows[0]?.count)

/** The mails that wait to be handed over, and the events that have no position: each leads to mails. */
export const countWaiting = ({ pool }: BenchDatabase): Promise<number> =>
  count(
    pool,
    `select (select count(*) from emails where state in ('queued', 'deferred'))
          + (select count(*) from events where position is null) as count`,
  )

/**
 * Waits until no statement runs, every event has its position and no mail waits. So what one measurement leaves does
 * not slow down the next, and no server is stopped in the middle of a transaction.
 * @throws Error after two minutes.
 */
export const drained = async ({ pool }: BenchDatabase): Promise<void> => {
  for (const deadline = performance.now() + drainedWithinMs; performance.now() < deadline; await sleep(50)) {
    const waiting = await count(
      pool,
      `select (select count(*) from events where position is null)
            + (select count(*) from emails where state in ('queued', 'deferred'))
            + (select count(*) from pg_stat_activity where backend_type = 'client backend' and state <> 'idle'
                and datname = current_database() and pid <> pg_backend_pid()) as count`,
    )
    if (waiting === 0) {
      await pool.query('analyze') // as autovacuum does within a minute, which is longer than a measurement
      return
    }
  }
  throw new Error('the product does not get through with its events and mails')
}

/** What a comparison sends: to which server, and for how long, is said later. */
export type Work = Omit<Order, 'url' | 'seconds' | 'versions'> & {
  /** How many tickets of the first tenant are changed in turn, each with the version that it has. */
  changed?: number
}

/** The order for a kind of work, with the versions that the tickets have now. */
export const orderOf = async (
  { pool, tenants }: BenchDatabase,
  { changed, ...order }: Work & Pick<Order, 'url' | 'seconds'>,
): Promise<Order> => {
  if (changed === undefined) return order
  const { rows } = await pool.query(
    'select version from tickets where tenant_id = $1 and ticket_number <= $2 order by ticket_number',
    [tenants[0]?.tenantId, changed],
  )
  return { ...order, versions: rows.map(({ version }) => version) }
}

/** What a POST adds a row to. */
const tableOf = ({ paths: [path = ''] }: Work): string => (path.endsWith('/comments') ? 'comments' : 'tickets')

/**
 * Measures one server while the others are stopped by SIGSTOP, so that only this server takes CPU. The events of a
 * yardstick are deleted, because the product would write mails about them.
 * @throws Error when the database has fewer new rows than POST requests were answered.
 */
export const measure = async (
  server: Server,
  others: Server[],
  database: BenchDatabase,
  order: Work & { seconds: number },
  atEnd: () => Promise<void> = async () => {},
): Promise<Sample> => {
  const { pool, postmasterPid } = database
  await drained(database)
  for (const other of others) process.kill(other.pid, 'SIGSTOP')
  try {
    const before = {
      cpu: cpuSeconds(server.pid),
      databaseCpu: cpuSecondsOfFamily(postmasterPid),
      rows: await count(pool, `select count(*) from ${tableOf(order)}`),
    }
    const { answer: _, ...measured } = await load(await orderOf(database, { ...order, url: server.url }))
    const thousands = Math.max(measured.answered, 1) / 1000
    const created = (await count(pool, `select count(*) from ${tableOf(order)}`)) - before.rows
    if (order.method === 'POST' && created < measured.answered) {
      throw new Error(`${server.name} answered ${measured.answered} POST requests; ${created} rows are in the database`)
    }
    const sample = {
      ...measured,
      cpuPer1000: (cpuSeconds(server.pid) - before.cpu) / thousands,
      databaseCpuPer1000: (cpuSecondsOfFamily(postmasterPid) - before.databaseCpu) / thousands,
      memory: residentMegabytes(server.pid),
    }
    await atEnd()
    return sample
  } finally {
    if (!server.isProduct) await pool.query('delete from events where position is null')
    for (const other of others) process.kill(other.pid, 'SIGCONT')
  }
}

/** The median of each figure. */
export const medians = (samples: Sample[]): Sample => {
  const of = (name: keyof Sample): number => median(samples.map((sample) => sample[name]))
  return {
    requestsPerSecond: of('requestsPerSecond'),
    p50: of('p50'),
    p99: of('p99'),
    p999: of('p999'),
    answered: of('answered'),
    errors: of('errors'),
    seconds: of('seconds'),
    cpuPer1000: of('cpuPer1000'),
    databaseCpuPer1000: of('databaseCpuPer1000'),
    memory: of('memory'),
  }
}
