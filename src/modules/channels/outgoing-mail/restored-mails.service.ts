import type { App } from '../../../platform/app-context.ts'
import { inSteps } from '../../../platform/in-steps.ts'
import { countMailsWaiting, writeDigests } from './outgoing-mail.service.ts'
import { holdSomeMails, markMailsSent, releaseSomeMails } from './restored-mails.queries.ts'

/** How many mails one statement holds or releases, and how many Message-IDs it looks for. */
const batch = 5_000
const idsAtOnce = 50_000

/** Writes the digests that were due, and then holds every mail that waits. Answers with the number of held mails. */
export const holdWaitingMails = async (app: App): Promise<number> => {
  await writeDigests(app)
  return inSteps((limit) => holdSomeMails(app.pool, limit), batch)
}

/** Puts every held mail in the queue. Answers with their number. */
export const releaseHeldMails = ({ pool }: App): Promise<number> =>
  inSteps((limit) => releaseSomeMails(pool, limit), batch)

/** Marks the mails as sent that a log of the mail server, in any form, names by their Message-ID. */
export const markMailsOfLog = async ({ pool }: App, log: string): Promise<number> => {
  const named = [...new Set(log.match(/<[^\s<>@]+@[^\s<>@]+>/g))]
  let sent = 0
  for (let from = 0; from < named.length; from += idsAtOnce) {
    sent += await markMailsSent(pool, named.slice(from, from + idsAtOnce))
  }
  return sent
}

/** How many mails are held since a restore, in all tenants. */
export const countHeldMails = async (app: App): Promise<number> => (await countMailsWaiting(app)).held ?? 0
