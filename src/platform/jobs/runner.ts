import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, type RunnerOptions, run, type TaskList, type WorkerEvents } from 'graphile-worker'
import type { Pool, PoolClient } from 'pg'
import { z } from 'zod'
import type { App } from '../app-context.ts'
import { withPlansForValues } from '../db/statement-plans.ts'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { asSpan } from '../tracing/spans.ts'
import type { Liveness } from './liveness.ts'

/**
 * The work of a job. Parse the payload, because it comes from the database. After an error the job runs again later.
 */
type Task = (app: App, payload: unknown) => Promise<void>

/** A task, and how long one of its jobs may take. After that time the job has failed, and another job can run. */
export interface BoundedTask {
  work: Task
  limitMs: number
}

/** A schedule in the five fields of crontab, in UTC, and the task. */
export interface CronEntry {
  schedule: string
  task: string
}

/** The running jobs of this process. */
export interface JobRunner {
  /** Takes no new jobs and waits for the running ones. */
  stop(): Promise<void>
}

const workerLogger = (app: App): Logger =>
  new Logger(() => (level, message, meta) => {
    const method = level === 'error' ? 'error' : level === 'warning' ? 'warn' : 'debug'
    app.log[method]({ error: meta?.error }, message)
  })

const WithSpan = z.object({ traceparent: z.string() })

/**
 * Runs a job with a span of its own, in the trace of what added the job. Its statements are planned for their values.
 */
const runJob = (app: App, task: string, { work, limitMs }: BoundedTask, payload: unknown): Promise<void> => {
  const facts = { name: `job ${task}`, kind: 'consumer' as const, attributes: { 'counterdesk.task': task } }
  const { data: adder } = WithSpan.safeParse(payload)
  return asSpan(app.tracer, facts, adder?.traceparent, () =>
    withPlansForValues(() => inTime(work(app, payload), limitMs)),
  )
}

/** Limits the time of the tasks, and counts their outcomes. */
const countedTasks = (app: App, tasks: Record<string, BoundedTask>): TaskList =>
  Object.fromEntries(
    Object.entries(tasks).map(([task, bounded]) => [
      task,
      async (payload: unknown) => {
        try {
          await runJob(app, task, bounded, payload)
          app.metrics.jobs.inc({ task, outcome: 'done' })
        } catch (error) {
          app.metrics.jobs.inc({ task, outcome: 'failed' })
          throw error
        }
      },
    ]),
  )

/** One run of graphile-worker, from its start to its end. */
interface Run {
  stop(): void
  ended: Promise<void>
}

/** How long after the stop of the last worker its jobs may take to be marked as done. */
const settleMs = 2_000

type Listener = (error: Error | undefined, client: PoolClient | undefined, release: PoolClient['release']) => void

/** Ignores a second release of a connection: graphile-worker (0.18) may do that, and it would end the process. */
const forgiveSecondRelease = (pool: Pool): void => {
  const connect = pool.connect.bind(pool)
  const once = (listener: Listener): Listener => {
    let isReleased = false
    return (error, client, release) =>
      listener(error, client, (fault) => {
        if (isReleased) return
        isReleased = true
        release(fault)
      })
  }
  pool.connect = ((listener?: Listener) =>
    listener === undefined ? connect() : connect(once(listener))) as Pool['connect']
}

/**
 * Starts graphile-worker, and works around three of its faults when the database goes away. A job that cannot be marked
 * as done is an unhandled rejection, which ends the process, unless jobs are marked in batches. After such a batch has
 * failed, the end of the runner never comes. And the runner keeps the result of its first query, the ids of its tasks,
 * even when that is an error: the same error object twice means that it will never get a job.
 */
const startRun = async (options: RunnerOptions, liveness: Liveness, log: Log): Promise<Run> => {
  const events: WorkerEvents = new EventEmitter()
  let workers = 0
  let holder = ''
  const allStopped = new Promise<void>((resolve) => {
    events.on('worker:create', () => {
      workers += 1
    })
    events.on('worker:stop', () => {
      workers -= 1
      if (workers === 0) resolve()
    })
  })
  events.on('pool:create', ({ workerPool }) => {
    holder = workerPool.id
    liveness.begins(holder)
  })
  const runner = await run({
    ...options,
    events,
    noHandleSignals: true,
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  })
  const stop = (): void => {
    runner.stop().catch((error: unknown) => log.debug({ error }, 'the job runner has stopped already'))
  }
  let lastError: unknown = null
  events.on('worker:getJob:error', ({ error }) => {
    if (error === lastError) stop()
    lastError = error
  })
  const settled = allStopped.then(() => sleep(settleMs, undefined, { ref: false }))
  const ended = Promise.race([runner.promise, settled]).finally(() => {
    stop()
    liveness.ends(holder)
  })
  return { stop, ended }
}

/** Runs jobs until it is stopped, and starts again when the database was away. `pool` is the pool of the runner. */
export const startJobs = (
  app: App,
  pool: Pool,
  liveness: Liveness,
  tasks: Record<string, BoundedTask>,
  cron: CronEntry[],
): JobRunner => {
  forgiveSecondRelease(pool)
  const options: RunnerOptions = {
    pgPool: pool,
    taskList: countedTasks(app, tasks),
    crontab: cron.map(({ schedule, task }) => `${schedule} ${task} ?max=3`).join('\n'),
    concurrency: app.config.JOB_CONCURRENCY,
    pollInterval: 1_000,
    logger: workerLogger(app),
  }
  let stopped = false
  let current: Run | null = null
  const supervise = async (): Promise<void> => {
    while (!stopped) {
      try {
        current = await startRun(options, liveness, app.log)
        if (stopped) current.stop()
        await current.ended
      } catch (error) {
        app.log.warn({ error }, 'the job runner stopped; it starts again')
      }
      current = null
      if (!stopped) await sleep(1_000)
    }
  }
  const supervised = supervise()
  return {
    async stop() {
      stopped = true
      current?.stop()
      await supervised
    },
  }
}
