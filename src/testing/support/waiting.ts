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

/** Holds the row of a ticket, as a transaction that changes the ticket does, until the answer is called. */
export const holdTicket = async ({ owner }: Desk, tenantId: number, ticketId: string): Promise<() => Promise<void>> => {
  const client = await owner.connect()
  await client.query('begin')
  await client.query('select from tickets where tenant_id = $1 and ticket_id = $2 for no key update', [
    tenantId,
    ticketId,
  ])
  return async () => {
    await client.query('rollback')
    client.release()
  }
}
