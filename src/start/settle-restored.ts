import {
  countHeldMails,
  holdWaitingMails,
  markMailsOfLog,
  releaseHeldMails,
} from '../modules/channels/outgoing-mail/restored-mails.service.ts'
import {
  countHeldDeliveries,
  holdWaitingDeliveries,
  releaseHeldDeliveries,
} from '../modules/channels/webhooks/restored-deliveries.service.ts'
import { followersOf } from '../modules.ts'
import type { App } from '../platform/app-context.ts'
import { fanOutOnce } from '../platform/events/fan-out.ts'
import { beginRestoredEpoch } from '../platform/events/log-epoch.ts'
import { isWorkerAtWork } from '../platform/jobs/liveness.ts'

/** What the operator knows of what waited in a backup. */
export interface Choice {
  /** The log of the mail server, in any form. Null: there is none, or not yet. */
  mailLog: string | null
  /** All that is held is sent. With a log that is so as well, as far as the log does not name it. */
  sendsWaiting: boolean
}

export interface Settled {
  /** The new epoch of the log. */
  epoch: string
  /** Whether a worker is at work on the database. Then nothing was held, because what waits may be new. */
  isAtWork: boolean
  /** `held`: how many are held now. `released`: how many were put in the queue. */
  mails: { sent: number; held: number; released: number }
  deliveries: { held: number; released: number }
}

/** How many events a transaction gives to the followers. */
const eventsAtOnce = 500

/** Lets what follows from waiting events be written, and holds all that waits. */
const holdAll = async (app: App): Promise<void> => {
  while ((await fanOutOnce(app.pool, followersOf(app), eventsAtOnce)) > 0);
  await holdWaitingMails(app)
  await holdWaitingDeliveries(app)
}

/**
 * Settles a restored database, before anything is sent from it: begins a new epoch of the log, and holds the mails and
 * deliveries that waited in the backup, because they may have been sent since. With a choice, what is held is marked as
 * sent, or put in the queue. It may be run again, also while the program runs: then it holds nothing more. When it is
 * cut short, what was not decided is held, or is so after another run.
 */
export const settleRestored = async (app: App, { mailLog, sendsWaiting }: Choice): Promise<Settled> => {
  const epoch = await beginRestoredEpoch(app.pool)
  const isAtWork = await isWorkerAtWork(app.pool)
  if (!isAtWork) await holdAll(app)
  const sent = mailLog === null ? 0 : await markMailsOfLog(app, mailLog)
  const releases = mailLog !== null || sendsWaiting
  const released = releases
    ? { mails: await releaseHeldMails(app), deliveries: await releaseHeldDeliveries(app) }
    : { mails: 0, deliveries: 0 }
  return {
    epoch,
    isAtWork,
    mails: { sent, held: await countHeldMails(app), released: released.mails },
    deliveries: { held: await countHeldDeliveries(app), released: released.deliveries },
  }
}

/** What the operator has to know when the program starts: that something is held since a restore. Null: nothing is. */
export const heldLine = async (app: App): Promise<string | null> => {
  const [mails, deliveries] = [await countHeldMails(app), await countHeldDeliveries(app)]
  if (mails + deliveries === 0) return null
  return (
    `${mails} mails and ${deliveries} deliveries are held since a restore: ` +
    'npm run after-restore -- --mail-log <file>, or --send-waiting'
  )
}
