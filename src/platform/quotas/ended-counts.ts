import type { App } from '../app-context.ts'
import { exec, type Sql, sql } from '../db/sql.ts'

/** How many counts are deleted at once, so that no lock is held for long. */
const batch = 5_000

const deleteBatches = async (app: App, statement: Sql): Promise<void> => {
  while ((await exec(app.pool, statement)) === batch);
}

/** Deletes counts of quotas whose day is over. */
export const deleteEndedCounts = async (app: App): Promise<void> => {
  await deleteBatches(
    app,
    sql`delete from quota_counts q using (
          select o.key from quota_counts o where o.window_ends_at < now() limit ${batch}) old
        where q.key = old.key and q.window_ends_at < now()`,
  )
  await deleteBatches(
    app,
    sql`delete from distinct_counts d using (
          select o.key from distinct_counts o where o.window_ends_at < now() limit ${batch}) old
        where d.key = old.key and d.window_ends_at < now()`,
  )
}
