import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { App } from '../../../platform/app-context.ts'
import { createBell } from '../../../platform/bell.ts'
import { isMailEncrypted, type Mailer } from '../../../platform/mail/transport.ts'
import type { Runner } from '../../../platform/module.ts'
import {
  claimMails,
  failMailsWithoutJob,
  freeClaimsOfTheDead,
  hastenDeferredMails,
  releaseClaims,
  settleMails,
  takeOverFromJob,
} from './mail-queue.queries.ts'
import { findTraceparents, sendInSpan } from './mail-spans.service.ts'
import type { StoredMail } from './outgoing-mail.queries.ts'
import { createPace } from './pace.ts'
import { createSender } from './send-mail.service.ts'
import { startSettling } from './settle-mails.service.ts'

const pollMs = 250
const databasePauseMs = 500
const freeingMs = 5_000
/** How often a mail in hand looks whether the database takes outcomes again, and whether all is done at the end. */
const lookMs = 20
/** How long the end waits for outcomes after the connections to the mail server were cut. */
const lastOutcomesMs = 2_000

/** Gives back, from time to time, mails of dead processes and those whose claim got lost. */
const createFreeing = ({ pool, log }: App, holder: string, inHand: Set<string>) => {
  let freedAt = Number.NEGATIVE_INFINITY
  return async (): Promise<void> => {
    if (performance.now() - freedAt < freeingMs) return
    await releaseClaims(pool, holder, [...inHand])
    const blamed = await freeClaimsOfTheDead(pool)
    freedAt = performance.now()
    if (blamed > 0) log.warn({ blamed }, 'mails were in the hand of a process that died')
  }
}

/**
 * Starts the queue runner: it claims mails that are due in batches, hands them over side by side, and settles them in
 * batches. `holder` is the id of this process.
 */
export const startQueueRunner = (app: App, mailer: Mailer | null, holder: string): Runner => {
  const { pool, log, config } = app
  const sender = createSender(app, mailer)
  const pace = createPace(config.JOB_CONCURRENCY)
  const bell = createBell()
  /** The mails that are claimed and not settled. */
  const claimed = new Set<string>()
  const free = createFreeing(app, holder, claimed)
  let inHand = 0
  let isStopped = false

  const settling = startSettling(
    (batch) => settleMails(pool, batch, config.MAIL_RETRY_SECONDS),
    async (batch) => {
      for (const { email_id } of batch) claimed.delete(email_id)
      pace.settled(batch.length)
      bell.ring()
      if (sender.isBack()) await hastenDeferredMails(pool)
    },
    log,
  )
  const handle = async (mail: StoredMail, traceparent: string | undefined): Promise<void> => {
    claimed.add(mail.email_id)
    inHand += 1
    while (settling.isBehind() && !isStopped) await sleep(lookMs)
    // At the end, what has not been handed over is given back as it is.
    if (!isStopped) settling.add(await sendInSpan(app, sender, mail, traceparent))
    inHand -= 1
  }
  const claimSome = async (room: number): Promise<number> => {
    try {
      await free()
      const mails = await claimMails(pool, holder, room)
      const traceparents = await findTraceparents(app, mails)
      for (const mail of mails) void handle(mail, traceparents.get(mail.email_id))
      return mails.length
    } catch (error) {
      log.warn({ error }, 'mails could not be claimed')
      await sleep(databasePauseMs)
      return 0
    }
  }
  const claim = async (): Promise<void> => {
    while (!isStopped) {
      bell.hush()
      const room = pace.room(inHand)
      // A few places are not worth a statement. Each settled batch rings.
      const found = room < config.JOB_CONCURRENCY || settling.isBehind() ? 0 : await claimSome(room)
      if (found < room || room === 0) await bell.pause(pollMs)
    }
  }
  const untilHandled = async (limitMs: number): Promise<void> => {
    for (const endsAt = performance.now() + limitMs; inHand > 0 && performance.now() < endsAt; ) await sleep(lookMs)
  }

  const claiming = claim()
  return {
    nudge: bell.ring,
    async stop(graceMs) {
      isStopped = true
      bell.ring()
      await claiming
      await untilHandled(graceMs)
      mailer?.close({ force: inHand > 0 })
      await untilHandled(lastOutcomesMs)
      await settling.end()
      await releaseClaims(pool, holder, []).catch((error) =>
        log.warn({ error }, 'claimed mails could not be given back'),
      )
    },
  }
}

const SendEmail = z.object({ tenant_id: z.int(), email_id: z.uuid() })

/** The job `send_email` of an earlier version: puts its mail in the queue. */
export const takeOverMail = async ({ pool }: App, payload: unknown): Promise<void> => {
  await takeOverFromJob(pool, SendEmail.parse(payload))
}

/**
 * Fails at most `limit` mails of earlier versions whose jobs will not run again: they failed too often or ended their
 * process three times. Answers with their number.
 */
export const failAbandonedMails = async ({ pool, log }: App, limit: number): Promise<number> => {
  const count = await failMailsWithoutJob(pool, limit)
  if (count > 0) log.error({ count }, 'mails have failed, because their jobs will not run again')
  return count
}

/** Says at the start in production that mails, with links that set passwords, may be sent in cleartext. */
export const warnOfCleartext = async ({ config, log }: App): Promise<string[]> => {
  if (config.NODE_ENV === 'production' && !isMailEncrypted(config)) {
    log.warn('mails may go over an unencrypted line; add ?tls=required to SMTP_URL, or use smtps://')
  }
  return []
}
