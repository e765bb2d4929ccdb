import { removeAttachmentTask } from './modules/attachments/attachments.service.ts'
import { reconcileStore, sweepUploads } from './modules/attachments/store.service.ts'
import { deleteExpiredData } from './modules/auth/clean-up.service.ts'
import { failAbandonedMails, mailConsumer, sendEmailTask } from './modules/notifications/notifications.service.ts'
import { closeTicketsInTime } from './modules/tickets/closing.service.ts'
import type { App } from './platform/app-context.ts'
import { createPool } from './platform/db/pool.ts'
import { startFanOut } from './platform/events/fan-out.ts'
import { deleteOldAnswers } from './platform/http/idempotency.ts'
import { deleteEndedWindows } from './platform/http/rate-limits.ts'
import { type BoundedTask, type CronEntry, startJobs, type Task } from './platform/jobs/runner.ts'
import { createMailer, mailLimitMs } from './platform/mail/transport.ts'

/** The part of the program that follows the log: the fan-out of events, and the jobs. */
export interface Worker {
  nudge(): void
  /** Finishes the batch and the jobs at hand; after `graceMs` a mail server that hangs is left, and its mails wait. */
  stop(graceMs?: number): Promise<void>
}

const cleanUp: Task = async (app) => {
  await deleteExpiredData(app)
  await deleteOldAnswers(app)
  await deleteEndedWindows(app)
  await failAbandonedMails(app)
  await sweepUploads(app)
}

/** How long what is done all over the database may take, and what is written down about one mail. */
const choreMs = 600_000
const bookkeepingMs = 10_000
/** How long all files may take to be compared, and one to be removed. */
const reconcilingMs = 4 * 3_600_000
const removalMs = 60_000

const cron: CronEntry[] = [
  { schedule: '*/5 * * * *', task: 'close_resolved_tickets' },
  { schedule: '*/10 * * * *', task: 'clean_up' },
  { schedule: '17 3 * * *', task: 'reconcile_attachments' },
]

/** Starts it, with a pool of its own: a busy API does not hold up the mail, nor the mail the API. */
export const startWorker = (app: App, databaseUrl: string): Worker => {
  const pool = createPool(
    { url: databaseUrl, size: app.config.JOB_CONCURRENCY + 2, applicationName: 'counterdesk worker' },
    app.log,
  )
  const mailer = createMailer(app.config)
  const fanOut = startFanOut(pool, [mailConsumer(app)], app.log)
  const tasks: Record<string, BoundedTask> = {
    send_email: { work: sendEmailTask(mailer), limitMs: mailLimitMs(app.config) + bookkeepingMs },
    close_resolved_tickets: { work: closeTicketsInTime, limitMs: choreMs },
    clean_up: { work: cleanUp, limitMs: choreMs },
    remove_attachment: { work: removeAttachmentTask, limitMs: removalMs },
    reconcile_attachments: { work: reconcileStore, limitMs: reconcilingMs },
  }
  const jobs = startJobs({ ...app, pool }, pool, tasks, cron)
  return {
    nudge: fanOut.nudge,
    async stop(graceMs = 2_000) {
      const cutOff = setTimeout(() => mailer?.close({ force: true }), graceMs)
      await Promise.all([fanOut.stop(), jobs.stop()])
      clearTimeout(cutOff)
      mailer?.close()
      await pool.end()
    },
  }
}
