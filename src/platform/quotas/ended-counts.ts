import { exec, sql } from '../db/sql.ts'
import type { CleanUp } from '../jobs/clean-up.ts'

const batch = 5_000

/** Deletes counts of quotas whose day is over. */
export const countCleanUps: CleanUp[] = [
  {
    name: 'quota_counts',
    batch,
    step: (app, limit) =>
      exec(
        app.pool,
        sql`delete from quota_counts q where q.ctid = any (array(
              select o.ctid from quota_counts o
              where o.window_ends_at < now() limit ${limit} for update skip locked))`,
      ),
  },
  {
    name: 'distinct_counts',
    batch,
    step: (app, limit) =>
      exec(
        app.pool,
        sql`delete from distinct_counts d where d.ctid = any (array(
              select o.ctid from distinct_counts o
              where o.window_ends_at < now() limit ${limit} for update skip locked))`,
      ),
  },
]
