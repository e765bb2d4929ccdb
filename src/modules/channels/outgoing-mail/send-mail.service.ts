import { z } from 'zod'
import type { App } from '../../../platform/app-context.ts'
import { createLanes } from '../../../platform/mail/lanes.ts'
import type { Delivery, Mailer, Message } from '../../../platform/mail/transport.ts'
import { writeResetToken } from '../../identity/accounts/reset-tokens.ts'
import {
  deferMail,
  failMailsWithoutJob,
  findMail,
  hastenDeferredMails,
  postponeMail,
  type StoredMail,
  settleMail,
} from './outgoing-mail.queries.ts'
import { contextOf } from './outgoing-mail.service.ts'
import { tryToRender } from './templates/try-to-render.ts'
import { subjectLine } from './templates/user-text.ts'

const SendEmail = z.object({ tenant_id: z.int(), email_id: z.uuid() })

/** How many mails to one address are handed over at once, and how long a further mail waits before it is postponed. */
const lanesPerAddress = 2
const lanePatienceMs = 1_000

/** The final outcome of a mail. */
type Settled = Exclude<Delivery, { outcome: 'deferred' }>

/** A mail as the mail server gets it, or the reason why the mail cannot be written. */
const messageOf = (app: App, mail: StoredMail): Message | { reason: string } => {
  const rendering = tryToRender(
    mail,
    contextOf(app, mail, (resetId) => writeResetToken(app, mail.tenant_id, resetId)),
  )
  if ('reason' in rendering) return rendering
  return {
    ...rendering,
    to: { name: subjectLine(mail.recipient_name), address: mail.recipient_email },
    messageId: mail.message_id,
    inReplyTo: mail.in_reply_to,
  }
}

/**
 * Makes a sender, which hands over a few mails at a time to each address. So a mail server that hangs at one address
 * delays only the mails to that address.
 */
const createSender = (mailer: Mailer) => {
  const lanes = createLanes(lanesPerAddress, lanePatienceMs)
  // True at the start, too, because mails may have been put off by a fault that is repaired now.
  let wasAway = true
  return {
    /**
     * Hands a mail over. Answers with null when the mail is put off, because the lanes of its address are taken or the
     * server did not take it.
     */
    async send(app: App, mail: StoredMail, message: Message): Promise<Settled | null> {
      const delivery = await lanes.run(mail.recipient_email.toLowerCase(), () => mailer.send(message))
      if (delivery === null) {
        await postponeMail(app.pool, mail, app.config.MAIL_RETRY_SECONDS)
        return null
      }
      app.metrics.mails.inc({ outcome: delivery.outcome })
      if (delivery.outcome !== 'deferred') return delivery
      wasAway ||= delivery.isAway
      await deferMail(app.pool, mail, delivery.error, app.config.MAIL_RETRY_SECONDS)
      return null
    },
    /** Call it when a mail was sent and its state is written. Mails that waited for the server are then due soon. */
    async hastenOthers(app: App): Promise<void> {
      if (!wasAway) return
      wasAway = false
      await hastenDeferredMails(app.pool)
    },
  }
}

/**
 * Makes the job that hands a mail over. A mail that is settled is left alone. A mail to an account that has been
 * deactivated since fails, and so does a mail that cannot be written. When the database fails, the job is run again, with the same Message-ID. When only writing
 * down the outcome failed, this process writes it down the next time and does not hand the mail over again.
 */
export const sendEmailTask = (mailer: Mailer | null) => {
  const sender = mailer === null ? null : createSender(mailer)
  /** The final answer of the mail server to each mail, until it is written to the database. */
  const unwritten = new Map<string, Settled>()
  return async (app: App, payload: unknown): Promise<void> => {
    const { tenant_id, email_id } = SendEmail.parse(payload)
    const mail = await findMail(app.pool, tenant_id, email_id)
    if (mail === null || (mail.state !== 'queued' && mail.state !== 'deferred')) {
      unwritten.delete(email_id)
      return
    }
    const settle = async (delivery: Settled): Promise<void> => {
      const error = delivery.outcome === 'failed' ? delivery.error : null
      unwritten.set(email_id, delivery)
      await settleMail(app.pool, mail, delivery.outcome, { attempts: 1, error })
      unwritten.delete(email_id)
    }
    const known = unwritten.get(email_id)
    if (known !== undefined) {
      await settle(known)
      return
    }
    if (mail.account_status === 'deactivated') {
      await settleMail(app.pool, mail, 'failed', { attempts: 0, error: 'The account has been deactivated.' })
      return
    }
    if (sender === null) {
      await settleMail(app.pool, mail, 'captured', { attempts: 0, error: null })
      return
    }
    const message = messageOf(app, mail)
    if ('reason' in message) {
      app.log.error({ email_id, template: mail.template, reason: message.reason }, 'a mail cannot be written')
      await settleMail(app.pool, mail, 'failed', { attempts: 0, error: message.reason })
      return
    }
    const delivery = await sender.send(app, mail, message)
    if (delivery === null) return
    await settle(delivery)
    if (delivery.outcome === 'sent') await sender.hastenOthers(app)
  }
}

/** Fails the mails whose jobs will not run again, because they failed too often or ended their process three times. */
export const failAbandonedMails = async (app: App): Promise<void> => {
  const count = await failMailsWithoutJob(app.pool)
  if (count > 0) app.log.error({ count }, 'mails have failed, because their jobs will not run again')
}
