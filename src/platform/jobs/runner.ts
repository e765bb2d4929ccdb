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
 * four hours. A job is only ever freed when its worker is not among the living and has held it for 30 seconds.
 */
const heartbeat = async (pool: Pool, processId: string, workerIds: string[]): Promise<void> => {
  await exec(
    pool,
    sql`insert into worker_processes (process_id, worker_ids) values (${processId}, ${workerIds})
        on conflict (process_id) do update set worker_ids = excluded.worker_ids, seen_at = now()`,
  )
  await exec(pool, sql`delete from worker_processes where seen_at < now() - make_interval(secs => ${deadAfterSeconds})`)
  await exec(
    pool,
    sql`select graphile_worker.force_unlock_workers(dead.worker_ids) from (
          select array_agg(distinct j.locked_by) as worker_ids from graphile_worker._private_jobs j
          where j.locked_at < now() - make_interval(secs => ${deadAfterSeconds})
            and j.locked_by not in (select unnest(p.worker_ids) from worker_processes p)) dead
        where dead.worker_ids is not null`,
  )
}

const every = (ms: number, work: () => Promise<void>, onError: (error: unknown) => void) => {
  let running: Promise<void> = Promise.resolve()
  const tick = () => {
    running = work().catch(onError)
  }
  tick()
  const timer = setInterval(tick, ms)
  return async () => {
    clearInterval(timer)
    await running
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
  const workerIds = new Set<string>()
  const events: WorkerEvents = new EventEmitter()
  events.on('worker:create', ({ worker }) => workerIds.add(worker.workerId))
  events.on('worker:stop', ({ worker }) => workerIds.delete(worker.workerId))

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
          logger: workerLogger(app),
        })
        if (stopped) await runner.stop()
        await runner.promise
      } catch (error) {
        app.log.warn({ error }, 'the job runner stopped; it starts over')
      }
      runner = null
      workerIds.clear()
      if (!stopped) await sleep(1_000)
    }
  }
  const ended = supervise()
  const stopHeartbeat = every(
    heartbeatMs,
    () => heartbeat(pool, processId, [...workerIds]),
    (error) => app.log.debug({ error }, 'no heartbeat this time'),
  )
  return {
    async stop() {
      stopped = true
      await stopHeartbeat()
      await runner?.stop().catch((error: unknown) => app.log.warn({ error }, 'the job runner did not stop well'))
      await ended
      await exec(pool, sql`delete from worker_processes where process_id = ${processId}`).catch(() => 0)
    },
  }
}
