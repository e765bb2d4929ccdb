import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker'
import type { Pool } from 'pg'
import type { App } from '../app-context.ts'
import { exec, sql } from '../db/sql.ts'

/** A job's work. The payload comes from the database: parse it. An error means: again later, at least once. */
export type Task = (app: App, payload: unknown) => Promise<void>

/** Five fields of crontab, UTC; then the task. */
export interface CronEntry {
  schedule: string
  task: string
}

export interface JobRunner {
  /** Takes no new job, waits for those at hand, then returns. */
  stop(): Promise<void>
}

const heartbeatMs = 5_000
const deadAfterSeconds = 30

/**
 * Says that this process lives, and frees the jobs that a dead one still holds: graphile-worker alone would do so after
 * four hours. What holds a job is the pool of workers that took it (`locked_by` is its id). It is only ever freed when
 * its holder is not among the living and has held it for 30 seconds, or when it is one of our own that has ended.
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

const every = (ms: number, work: () => Promise<void>, onError: (error: unknown) => void) => {
  let running: Promise<void> = Promise.resolve()
  const tick = () => {
    running = running.then(work).catch(onError)
  }
  tick()
  const timer = setInterval(tick, ms)
  return {
    now: tick,
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

const workerLogger = (app: App): Logger =>
  new Logger(() => (level, message, meta) => {
    const method = level === 'error' ? 'error' : level === 'warning' ? 'warn' : 'debug'
    app.log[method]({ error: meta?.error }, message)
  })

/** Runs jobs until it is stopped, and starts over when the database was away. `pool` is the runner's own. */
export const startJobs = (app: App, pool: Pool, tasks: Record<string, Task>, cron: CronEntry[]): JobRunner => {
  const processId = randomUUID()
  const holders = new Set<string>()
  const ended = new Set<string>()
  const beat = every(
    heartbeatMs,
    async () => {
      const freed = [...ended]
      await heartbeat(pool, processId, [...holders], freed)
      for (const id of freed) ended.delete(id)
    },
    (error) => app.log.debug({ error }, 'no heartbeat this time'),
  )
  const events: WorkerEvents = new EventEmitter()
  events.on('pool:create', ({ workerPool }) => {
    holders.add(workerPool.id)
    beat.now()
  })
  // Without the database its last jobs could not be marked as done or failed. They are run again.
  events.on('pool:release', ({ workerPool }) => {
    holders.delete(workerPool.id)
    ended.add(workerPool.id)
  })

  const taskList: TaskList = Object.fromEntries(
    Object.entries(tasks).map(([task, work]) => [
      task,
      async (payload: unknown) => {
        try {
          await work(app, payload)
          app.metrics.jobs.inc({ task, outcome: 'done' })
        } catch (error) {
          app.metrics.jobs.inc({ task, outcome: 'failed' })
          throw error
        }
      },
    ]),
  )

  let stopped = false
  let runner: Runner | null = null
  const supervise = async (): Promise<void> => {
    while (!stopped) {
      try {
        runner = await run({
          pgPool: pool,
          taskList,
          events,
          crontab: cron.map(({ schedule, task }) => `${schedule} ${task} ?max=3`).join('\n'),
          concurrency: app.config.JOB_CONCURRENCY,
          pollInterval: 1_000,
          noHandleSignals: true,
          // Without batches a job that cannot be marked as done, because the database is away, is a rejection that nobody
          // handles and ends the process. With them the runner stops, and starts over below.
          preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
          logger: workerLogger(app),
        })
        if (stopped) await runner.stop()
        await runner.promise
      } catch (error) {
        app.log.warn({ error }, 'the job runner stopped; it starts over')
      }
      runner = null
      if (!stopped) await sleep(1_000)
    }
  }
  const supervised = supervise()
  return {
    async stop() {
      stopped = true
      await runner?.stop().catch((error: unknown) => app.log.warn({ error }, 'the job runner did not stop well'))
      await supervised
      await beat.stop()
      await exec(pool, sql`delete from worker_processes where process_id = ${processId}`).catch(() => 0)
    },
  }
}
