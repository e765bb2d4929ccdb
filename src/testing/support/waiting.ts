import { setTimeout as sleep } from 'node:timers/promises'
import type { Desk } from './workspace.ts'

const patienceMs = 30_000

/**
 * Waits until a condition holds. Looks every 20 ms, for at most 30 seconds.
 * @throws Error that names what was waited for.
 */
export const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (const deadline = performance.now() + patienceMs; performance.now() < deadline; await sleep(20)) {
    if (await holds()) return
  }
  throw new Error(`waited too long until ${what}`)
}

/** Waits until a statement, or `count` statements, on the database of a desk wait for a lock that a test holds. */
export const untilLockIsAwaited = ({ owner }: Desk, count = 1): Promise<void> =>
  until('a statement waits for a lock', async () => {
    const { rowCount } = await owner.query(
      "select from pg_stat_activity a where a.datname = current_database() and a.wait_event_type = 'Lock'",
    )
    return rowCount === count
  })
