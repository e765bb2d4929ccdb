import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { z } from 'zod'
import { exec, many, one, type Sql, sql } from '../db/sql.ts'
import { transaction } from '../db/transaction.ts'
import type { Log } from '../log.ts'

const heartbeatMs = 5_000
const deadAfterSeconds = 30

/** The advisory lock that a process holds while it frees jobs. */
const freeingLock = 4_207_001

/** The queue of the jobs that ran when their process died. Jobs of a queue run one at a time. */
const suspects = 'ran when its process died'

const Holder = z.object({ holder: z.string(), is_dead: z.boolean() })

/**
 * Frees the jobs of dead processes. graphile-worker itself frees them only after four hours. The holder of a job is the
 * pool of workers that took it (its id is in `locked_by`). A job is freed in two cases: its holder is not alive and has
 * had the job for 30 seconds, or its holder is one of this process that has ended.
 *
 * A job that ran when its process died may have killed the process. Such jobs therefore run one at a time afterwards,
 * so that the next death hits only one of them. A death costs a job a third of its attempts; the third death is the
 * last.
 */
const freeJobs = (pool: Pool, ended: string[]): Promise<void> =>
  transaction(pool, async (tx) => {
    // One process at a time. A second process could unlock a job that the first freed and a worker has taken again.
    await exec(tx, sql`select pg_advisory_xact_lock(${freeingLock})`)
    const holders = await many(
      tx,
      Holder,
      sql`select distinct j.locked_by as holder, j.locked_by <> all (${ended}::text[]) as is_dead
          from graphile_worker._private_jobs j
          where j.locked_by = any (${ended}::text[])
            or (j.locked_at < now() - make_interval(secs => ${deadAfterSeconds})
              and j.locked_by not in (select unnest(p.worker_ids) from worker_processes p))`,
    )
    if (holders.length === 0) return
    const dead = holders.flatMap(({ holder, is_dead }) => (is_dead ? [holder] : []))
    await exec(
      tx,
      sql`insert into graphile_worker._private_job_queues (queue_name) values (${suspects})
          on conflict (queue_name) do nothing`,
    )
    await exec(
      tx,
      sql`update graphile_worker._private_jobs j set attempts = least(j.max_attempts, j.attempts + j.max_attempts / 3),
            last_error = 'its process died while it ran', job_queue_id = q.id
          from graphile_worker._private_job_queues q
          where j.locked_by = any (${dead}::text[]) and q.queue_name = ${suspects}`,
    )
    await exec(tx, sql`select graphile_worker.force_unlock_workers(${holders.map(({ holder }) => holder)}::text[])`)
  })

/** Records that this process is alive, and frees the jobs of dead processes. */
const heartbeat = async (pool: Pool, processId: string, holders: string[], ended: string[]): Promise<void> => {
  await exec(
    pool,
    sql`insert into worker_processes (process_id, worker_ids) values (${processId}, ${holders})
        on conflict (process_id) do update set worker_ids = excluded.worker_ids, seen_at = now()`,
  )
  await exec(pool, sql`delete from worker_processes where seen_at < now() - make_interval(secs => ${deadAfterSeconds})`)
  await freeJobs(pool, ended)
}

/** A condition: a process has shown a sign of life lately. `processId` is a `uuid`. */
export const isAlive = (processId: Sql): Sql =>
  sql`exists (select from worker_processes p where p.process_id = ${processId})`

const Signs = z.object({ now: z.string(), has_signs: z.boolean() })

/** How often, and how many times, a new sign of life is looked for: longer than two heartbeats. */
const lookMs = 500
const looks = 24

/**
 * Whether a worker is at work on the database: it gives a new sign of life. Signs that are in a young backup are not
 * enough; then it waits up to twelve seconds for another.
 */
export const isWorkerAtWork = async (pool: Pool): Promise<boolean> => {
  const look = (since: Sql) =>
    one(
      pool,
      Signs,
      sql`select now()::text as now, exists (select from worker_processes p where p.seen_at > ${since}) as has_signs`,
    )
  const first = await look(sql`now() - make_interval(secs => ${deadAfterSeconds})`)
  if (!first.has_signs) return false
  for (let tried = 0; tried < looks; tried += 1) {
    await sleep(lookMs)
    if ((await look(sql`${first.now}::timestamptz`)).has_signs) return true
  }
  return false
}

/** Tells the other processes every five seconds that this process lives, and which holders of jobs in it do. */
export interface Liveness {
  processId: string
  begins(holder: string): void
  /** Frees the jobs that the holder could not mark as done or failed, because the database was away. They run again. */
  ends(holder: string): void
  stop(): Promise<void>
}

/** Starts the heartbeat. `pool` is the pool of the worker. */
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
    running = running.then(beat).catch((error: unknown) => log.debug({ error }, 'the heartbeat failed this time'))
  }
  tick()
  const timer = setInterval(tick, heartbeatMs)
  return {
    processId,
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
