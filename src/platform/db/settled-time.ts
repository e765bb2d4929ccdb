import { z } from 'zod'
import { addGauge, type Metrics } from '../metrics.ts'
import { type Db, one, sql } from './sql.ts'

const SettledTime = z.object({ settled_before: z.string() })

/**
 * The time before which everything has been written: no transaction that still runs, or begins later, can write a row
 * whose time is earlier, as far as rows carry `now()`, which is when their transaction began. Times are compared in
 * whole milliseconds, because columns keep no more. A transaction that has just begun may not have told the server's
 * table of sessions yet, so the time is at least a second ago.
 *
 * Call it before the statement that reads the rows. A transaction that ends between the two is then seen by the second;
 * in one statement, the snapshot would be older than the look at the transactions.
 */
export const readSettledTime = async (db: Db): Promise<string> => {
  const { settled_before } = await one(
    db,
    SettledTime,
    sql`select date_trunc('milliseconds', least(running_since(), now() - interval '1 second')) as settled_before`,
  )
  return settled_before
}

const Behind = z.object({ seconds: z.number() })

/** Adds how many seconds ago the settled time is. It grows while a transaction stays open that could write. */
export const addSettledGauge = (metrics: Metrics, db: Db): void =>
  addGauge(
    metrics,
    'counterdesk_settled_seconds_behind',
    'Seconds since which the oldest transaction runs that could still write; 0 when none runs.',
    async () => {
      const statement = sql`select greatest(0, coalesce(extract(epoch from now() - running_since()), 0))::float8 as seconds`
      return (await one(db, Behind, statement)).seconds
    },
  )
