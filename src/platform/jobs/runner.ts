import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, type RunnerOptions, run, type TaskList, type WorkerEvents } from 'graphile-worker'
import type { Pool, PoolClient } from 'pg'
import type { App } from '../app-context.ts'
import type { Log } from '../log.ts'
import { type Liveness, startLiveness } from './liveness.ts'

/** A job's work. The payload comes from the database: parse it. An error means: again later, at least once. */
export type Task = (app: App, payload: unknown) => Promise<void>

/** A task, and how long one of its jobs may take; then it counts as failed, and its place is free for others. */
export interface BoundedTask {
  work: Task
  limitMs: number
  /** Closes what the task keeps open between jobs. `isForced`: at once, cutting off what is under way. */
  close?: (isForced: boolean) => void
}

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

/** What goes on after its time is left to itself: a promise cannot be ended. */
const inTime = async (work: Promise<void>, limitMs: number): Promise<void> => {
  const done = new AbortController()
  const late = sleep(limitMs, undefined, { signal: done.signal }).then(
    () => Promise.reject(new Error(`it has not ended within ${limitMs / 1_000} s`)),
    () => {},
  )
  await Promise.race([work, late]).finally(() => done.abort())
}

/** Bounds the tasks, and counts how they went. */
const countedTasks = (app: App, tasks: Record<string, BoundedTask>): TaskList =>
  Object.fromEntries(
    Object.entries(tasks).map(([task, { work, limitMs }]) => [
      task,
      async (payload: unknown) => {
        try {
          await inTime(work(app, payload), limitMs)
          app.metrics.jobs.inc({ task, outcome: 'done' })
        } catch (error) {
          app.metrics.jobs.inc({ task, outcome: 'failed' })
          throw error
        }
      },
    ]),
  )

/** From one start of graphile-worker to its end. */
interface Run {
  stop(): void
  ended: Promise<void>
}

/** How long jobs that are done may take to be marked as done, once the last worker has stopped. */
const settleMs = 2_000

type Listener = (error: Error | undefined, client: PoolClient | undefined, release: PoolClient['release']) => void

/** graphile-worker (0.18) may release its listening connection twice, and the second time would end the process. */
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
 * Starts graphile-worker. Of its ways to fail when the database goes away three more are met here: a job that cannot be
 * marked as done is a rejection that nobody handles and ends the process, unless that is done in batches; after such a
 * batch has failed, it waits for ever to have ended; and it keeps the answer to its first question, the ids of its tasks,
 * even when it is an error, so the very same error twice means that no job will ever be had.
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

/** Runs jobs until it is stopped, and starts over when the database was away. `pool` is the runner's own. */
export const startJobs = (app: App, pool: Pool, tasks: Record<string, BoundedTask>, cron: CronEntry[]): JobRunner => {
  forgiveSecondRelease(pool)
  const liveness = startLiveness(pool, app.log)
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
        app.log.warn({ error }, 'the job runner stopped; it starts over')
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
      await liveness.stop()
    },
  }
}
