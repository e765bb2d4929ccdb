import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { exec, sql } from '../db/sql.ts'
import type { Log } from '../log.ts'

const heartbeatMs = 5_000
const deadAfterSeconds = 30

/**
 * Says that this process lives, and frees the jobs that a dead one still holds: graphile-worker alone would do so after
 * four hours. What holds a job is the pool of workers that took it (`locked_by` is its id). A job is only ever freed when
 * its holder is not among the living and has had it for 30 seconds, or when the holder is one of ours that has ended.
 */
const heartbeat = async (pool: Pool, processId: string, holders: string[], ended: string[]): Promise<void> => {
  await exec(
    pool,
    sql`insert into worker_processes (process_id, worker_ids) values (${processId}, ${holders})
        on conflict (process_id) do update set worker_ids = excluded.worker_ids, seen_at = now()`,
  )
  await exec(pool, sql`delete from worker_processes where seen_at < now() - make_interval(secs => ${deadAfterSeconds})`)
  await exec(
    pool,
    sql`select graphile_worker.force_unlock_workers(dead.worker_ids) from (
          select array_agg(distinct j.locked_by) as worker_ids from graphile_worker._private_jobs j
          where j.locked_by = any (${ended}::text[])
            or (j.locked_at < now() - make_interval(secs => ${deadAfterSeconds})
              and j.locked_by not in (select unnest(p.worker_ids) from worker_processes p))) dead
        where dead.worker_ids is not null`,
  )
}

/** What tells the other processes, every five seconds, which holders of jobs live in this one. */
export interface Liveness {
  begins(holder: string): void
  /** What the holder could not mark as done or failed, because the database was away, is run again. */
  ends(holder: string): void
  stop(): Promise<void>
}

/** Starts it. `pool` is the job runner's own. */
export const startLiveness = (pool: Pool, log: Log): Liveness => {
  const processId = randomUUID()
  const holders = new Set<string>()
  const ended = new Set<string>()
  const beat = async (): Promise<void> => {
    const freed = [...ended]
    await heartbeat(pool, processId, [...holders], freed)
    for (const holder of freed) ended.delete(holder)
  }
  let running = Promise.resolve()
  const tick = (): void => {
    running = running.then(beat).catch((error: unknown) => log.debug({ error }, 'no heartbeat this time'))
  }
  tick()
  const timer = setInterval(tick, heartbeatMs)
  return {
    begins(holder) {
      holders.add(holder)
      tick()
    },
    ends(holder) {
      holders.delete(holder)
      ended.add(holder)
    },
    async stop() {
      clearInterval(timer)
      tick()
      await running
      await exec(pool, sql`delete from worker_processes where process_id = ${processId}`).catch(() => 0)
    },
  }
}
