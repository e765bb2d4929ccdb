import { modules } from './modules.ts'
import type { App } from './platform/app-context.ts'
import { onCommittedEvents } from './platform/db/committed-events.ts'
import { createPool } from './platform/db/pool.ts'
import { startFanOut } from './platform/events/fan-out.ts'
import { deleteOldAnswers } from './platform/http/idempotency.ts'
import { deleteEndedWindows } from './platform/http/rate-limits.ts'
import { type BoundedTask, type CronEntry, startJobs, type Task } from './platform/jobs/runner.ts'

/** The part of the program that follows the log: the fan-out of events, and the jobs. */
export interface Worker {
  /** Looks for new events now rather than at the next poll. */
  nudge(): void
  /** Finishes the batch and the jobs at hand. After `graceMs` a task's connections are cut, and its jobs wait. */
  stop(graceMs?: number): Promise<void>
}

/** How long the clean-up may take, all over the database. */
const cleanUpLimitMs = 600_000
const everyTenMinutes = '*/10 * * * *'

/** Removes what has expired: first what the platform keeps, then what each module keeps. */
const cleanUp: Task = async (app) => {
  await deleteOldAnswers(app)
  await deleteEndedWindows(app)
  for (const module of modules) await module.cleanUp?.(app)
}

const schedules: CronEntry[] = [
  ...modules.flatMap((module) => module.schedules ?? []),
  { schedule: everyTenMinutes, task: 'clean_up' },
]

const tasksOf = (app: App): Record<string, BoundedTask> =>
  Object.assign(
    { clean_up: { work: cleanUp, limitMs: cleanUpLimitMs } },
    ...modules.map((module) => module.tasks?.(app) ?? {}),
  )

/** Starts it, with a pool of its own: a busy API does not hold up the mail, nor the mail the API. */
export const startWorker = (app: App, databaseUrl: string): Worker => {
  const pool = createPool(
    { url: databaseUrl, size: app.config.JOB_CONCURRENCY + 2, applicationName: 'counterdesk worker' },
    app.log,
  )
  const followers = modules.flatMap((module) => (module.followers ?? []).map((follow) => follow(app)))
  const fanOut = startFanOut(pool, followers, app.log)
  onCommittedEvents(pool, fanOut.nudge)
  const tasks = tasksOf(app)
  const jobs = startJobs({ ...app, pool }, pool, tasks, schedules)
  const closeTasks = (isForced: boolean): void => {
    for (const task of Object.values(tasks)) task.close?.(isForced)
  }
  return {
    nudge: fanOut.nudge,
    async stop(graceMs = 2_000) {
      const cutOff = setTimeout(() => closeTasks(true), graceMs)
      await Promise.all([fanOut.stop(), jobs.stop()])
      clearTimeout(cutOff)
      closeTasks(false)
      await pool.end()
    },
  }
}
