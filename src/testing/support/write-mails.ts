import { followersOf } from '../../modules.ts'
import { exec, sql } from '../../platform/db/sql.ts'
import { fanOutOnce } from '../../platform/events/fan-out.ts'
import type { Desk } from './workspace.ts'

/** Fans out the events that wait, which writes their mails and notifications. For desks without a worker. */
export const writeMails = async ({ app }: Desk): Promise<void> => {
  const waiting = sql`select from events e where e.position is null limit 1`
  // Another test may hold the events of a tenant at the moment; then the fan-out finds none.
  const followers = followersOf(app)
  while ((await exec(app.pool, waiting)) > 0) await fanOutOnce(app.pool, followers, 500)
}
