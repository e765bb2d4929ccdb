import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { App } from '../../../platform/app-context.ts'
import { createBell } from '../../../platform/bell.ts'
import { isDatabaseUnavailable } from '../../../platform/db/connection-errors.ts'
import type { Mailer } from '../../../platform/mail/transport.ts'
import type { Runner } from '../../../platform/module.ts'
import {
  claimMails,
  failMailsWithoutJob,
  freeClaimsOfTheDead,
  hastenDeferredMails,
  type Outcome,
  releaseClaims,
  settleMails,
  takeOverFromJob,
} from './mail-queue.queries.ts'
import type { StoredMail } from './outgoing-mail.queries.ts'
import { createPace } from './pace.ts'
import { createSender } from './send-mail.service.ts'

const pollMs = 250
/** Outcomes gather so long, so that many are written with one statement. */
const gatherMs = 10
const settledAtOnce = 200
const databasePauseMs = 500
/** When writing the outcomes takes longer, nothing more is handed over, because a death would send it twice. */
const behindMs = 250
const freeingMs = 5_000
/** How long the end waits for outcomes after the connections were cut, and how often it tries to write them. */
const lastOutcomesMs = 2_000
const lastTries = 3

/**
 * Starts the queue runner. It claims mails that are due in batches, hands them over side by side, and settles them in
 * batches. `holder` is the id of this process. It keeps as many mails in hand as it has settled in the last quarter of a second, and a
 * few more, so that no mail waits long in the hand of a slow process.
 */
export const startQueueRunner = (app: App, mailer: Mailer | null, holder: string): Runner => {
  const { pool, log, config } = app
  const sender = createSender(app, mailer)
  const pace = createPace(config.JOB_CONCURRENCY)
  const news = createBell()
  const done = createBell()
  const outcomes: Outcome[] = []
  let inHand = 0
  let isStopped = false
  let isCutOff = false
  let settlingSince: number | null = null
  let freedAt = Number.NEGATIVE_INFINITY

  const isBehind = (): boolean => settlingSince !== null && performance.now() - settlingSince > behindMs
  const postponed = ({ tenant_id, email_id }: StoredMail): Outcome => ({
    tenant_id,
    email_id,
    state: 'postponed',
    error: null,
    isAttempt: false,
    recipient: null,
    sha256: null,
  })
  const handle = async (mail: StoredMail): Promise<void> => {
    while (isBehind() && !isStopped) await sleep(behindMs / 5)
    outcomes.push(isStopped ? postponed(mail) : await sender.send(mail))
    done.ring()
  }

  const claimSome = async (): Promise<number> => {
    if (performance.now() - freedAt > freeingMs) {
      const blamed = await freeClaimsOfTheDead(pool)
      if (blamed > 0) log.warn({ blamed }, 'mails were in the hand of a process that died')
      freedAt = performance.now()
    }
    const mails = await claimMails(pool, holder, pace.room(inHand))
    inHand += mails.length
    for (const mail of mails) void handle(mail)
    return mails.length
  }
  const claiming = async (): Promise<void> => {
    while (!isStopped) {
      news.hush()
      const room = pace.room(inHand)
      // A few places are not worth a statement. A settled batch rings.
      const isWorthIt = room >= config.JOB_CONCURRENCY && !isBehind()
      const found = isWorthIt ? await claimSome().catch(onClaimFault) : 0
      if (found < room) await news.pause(pollMs)
    }
  }
  const onClaimFault = async (error: unknown): Promise<number> => {
    log.warn({ error }, 'mails could not be claimed')
    await sleep(databasePauseMs)
    return 0
  }

  const settle = async (batch: Outcome[]): Promise<void> => {
    await settleMails(pool, batch, config.MAIL_RETRY_SECONDS).catch(async (error) => {
      if (batch.length === 1 || isDatabaseUnavailable(error)) throw error
      // One outcome that the database refuses harms no other.
      for (const outcome of batch) await settleMails(pool, [outcome], config.MAIL_RETRY_SECONDS)
    })
    outcomes.splice(0, batch.length)
    inHand -= batch.length
    pace.settled(batch.length)
    news.ring()
    if (sender.isBack()) await hastenDeferredMails(pool)
  }
  const settling = async (): Promise<void> => {
    for (let faults = 0; !(isStopped && outcomes.length === 0 && (inHand === 0 || isCutOff)) && faults < lastTries; ) {
      done.hush()
      if (outcomes.length === 0) await done.pause(isStopped ? gatherMs : pollMs)
      if (!isStopped) await sleep(gatherMs)
      if (outcomes.length === 0) continue
      settlingSince ??= performance.now()
      try {
        await settle(outcomes.slice(0, settledAtOnce))
        settlingSince = null
      } catch (error) {
        log.warn({ error }, 'the outcomes of mails could not be written')
        if (isStopped) faults += 1
        await sleep(databasePauseMs)
      }
    }
  }

  const ended = [claiming(), settling()]
  const allHandled = async (): Promise<void> => {
    while (inHand > outcomes.length) await sleep(gatherMs)
  }
  return {
    nudge: news.ring,
    async stop(graceMs) {
      isStopped = true
      news.ring()
      done.ring()
      await ended[0]
      const over = new AbortController()
      const pause = (ms: number) => sleep(ms, undefined, { signal: over.signal }).catch(() => {})
      await Promise.race([allHandled(), pause(graceMs)])
      mailer?.close({ force: inHand > outcomes.length })
      await Promise.race([allHandled(), pause(lastOutcomesMs)])
      over.abort()
      isCutOff = true
      await ended[1]
      await releaseClaims(pool, holder).catch((error) => log.warn({ error }, 'claimed mails could not be given back'))
    },
  }
}

const SendEmail = z.object({ tenant_id: z.int(), email_id: z.uuid() })

/** The job `send_email` of an earlier version: puts its mail in the queue. */
export const takeOverMail = async ({ pool }: App, payload: unknown): Promise<void> => {
  await takeOverFromJob(pool, SendEmail.parse(payload))
}

/** Fails mails of earlier versions whose jobs will not run again: they failed too often or ended their process thrice. */
export const failAbandonedMails = async ({ pool, log }: App): Promise<void> => {
  const count = await failMailsWithoutJob(pool)
  if (count > 0) log.error({ count }, 'mails have failed, because their jobs will not run again')
}
