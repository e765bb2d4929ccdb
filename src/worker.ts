import { cleanUps, followersOf, modules } from './modules.ts'
import type { App } from './platform/app-context.ts'
import { onCommittedEvents } from './platform/db/committed-events.ts'
import { createPool } from './platform/db/pool.ts'
import { fanOutConnections, startFanOut } from './platform/events/start-fan-out.ts'
import { runCleanUps } from './platform/jobs/clean-up.ts'
import { startLiveness } from './platform/jobs/liveness.ts'
import { type BoundedTask, type CronEntry, startJobs } from './platform/jobs/runner.ts'

/** The part of the program that follows the event log: the fan-out of events, and the jobs. */
export interface Worker {
  /** Looks for new events now rather than at the next poll. */
  nudge(): void
  /** Finishes the current batch of events and the running jobs. After `graceMs` the work of the runners is cut off. */
  stop(graceMs?: number): Promise<void>
}

/** How long the clean-up of the whole database may take. */
const cleanUpLimitMs = 600_000
const everyTenMinutes = '*/10 * * * *'

const schedules: CronEntry[] = [
  ...modules.flatMap((module) => module.schedules ?? []),
  { schedule: everyTenMinutes, task: 'clean_up' },
]

const tasksOf = (app: App): Record<string, BoundedTask> =>
  Object.assign(
    { clean_up: { work: (one) => runCleanUps(one, cleanUps), limitMs: cleanUpLimitMs } } satisfies Record<
      string,
      BoundedTask
    >,
    ...modules.map((module) => module.tasks?.(app) ?? {}),
  )

/** Starts the worker. It has its own pool, so that the API and the mail do not wait for each other's connections. */
export const startWorker = (app: App, databaseUrl: string): Worker => {
  // One connection for each job, one that looks for jobs, those of the fan-out, and two of each runner.
  const starts = modules.flatMap((module) => module.runners ?? [])
  const size = app.config.JOB_CONCURRENCY + 1 + fanOutConnections + 2 * starts.length
  const pool = createPool({ url: databaseUrl, size, applicationName: 'counterdesk worker' }, app.log)
  const liveness = startLiveness(pool, app.log)
  const runners = starts.map((start) => start({ ...app, pool }, liveness.processId))
  const fanOut = startFanOut(pool, followersOf(app), app.log, {
    onHandedOn() {
      for (const runner of runners) runner.nudge()
    },
  })
  onCommittedEvents(pool, fanOut.nudge)
  const jobs = startJobs({ ...app, pool }, pool, liveness, tasksOf(app), schedules)
  return {
    nudge: fanOut.nudge,
    async stop(graceMs = 2_000) {
      await Promise.all([fanOut.stop(), jobs.stop(), ...runners.map((runner) => runner.stop(graceMs))])
      await liveness.stop()
      await pool.end()
    },
  }
}
