import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, type Runner, run, type TaskList, type WorkerEvents } from 'graphile-worker'
import type { Pool } from 'pg'
import type { App } from '../app-context.ts'
import { startLiveness } from './liveness.ts'

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

const workerLogger = (app: App): Logger =>
  new Logger(() => (level, message, meta) => {
    const method = level === 'error' ? 'error' : level === 'warning' ? 'warn' : 'debug'
    app.log[method]({ error: meta?.error }, message)
  })

/** Counts how the tasks went. */
const countedTasks = (app: App, tasks: Record<string, Task>): TaskList =>
  Object.fromEntries(
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

/** Runs jobs until it is stopped, and starts over when the database was away. `pool` is the runner's own. */
export const startJobs = (app: App, pool: Pool, tasks: Record<string, Task>, cron: CronEntry[]): JobRunner => {
  const taskList = countedTasks(app, tasks)
  const liveness = startLiveness(pool, app.log)
  let stopped = false
  let runner: Runner | null = null
  const stopRunner = async (): Promise<void> => {
    const current = runner
    runner = null
    await current?.stop().catch((error: unknown) => app.log.warn({ error }, 'the job runner did not stop well'))
  }

  const events: WorkerEvents = new EventEmitter()
  events.on('pool:create', ({ workerPool }) => liveness.begins(workerPool.id))
  events.on('pool:release', ({ workerPool }) => liveness.ends(workerPool.id))
  // A runner keeps the answer to its first question, the ids of its tasks, even when it is an error: then it gives it for
  // ever. The very same error twice is that one.
  let lastError: unknown = null
  events.on('worker:getJob:error', ({ error }) => {
    if (error === lastError) void stopRunner()
    lastError = error
  })

  const supervise = async (): Promise<void> => {
    while (!stopped) {
      try {
        const started = await run({
          pgPool: pool,
          taskList,
          events,
          crontab: cron.map(({ schedule, task }) => `${schedule} ${task} ?max=3`).join('\n'),
          concurrency: app.config.JOB_CONCURRENCY,
          pollInterval: 1_000,
          noHandleSignals: true,
          // Without batches a job that cannot be marked as done, because the database is away, is a rejection that nobody
          // handles and ends the process. With them the runner stops, and starts over here.
          preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
          logger: workerLogger(app),
        })
        runner = started
        if (stopped) await stopRunner()
        await started.promise
      } catch (error) {
        app.log.warn({ error }, 'the job runner stopped; it starts over')
      }
      if (!stopped) await sleep(1_000)
    }
  }
  const supervised = supervise()
  return {
    async stop() {
      stopped = true
      await stopRunner()
      await supervised
      await liveness.stop()
    },
  }
}
