import { z } from 'zod'
import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { type Consumer, fanOutOnce } from '../../../platform/events/fan-out.ts'
import { createLanes } from '../../../platform/mail/lanes.ts'
import { type Delivery, type Mailer, mailDomain } from '../../../platform/mail/transport.ts'
import { type PageOf, type PageRequest, pageOf } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { writeResetToken } from '../../identity/accounts/reset-tokens.ts'
import { insertMailsFor } from './mail-writing.queries.ts'
import {
  countWaitingMails,
  deferMail,
  failMailsWithoutJob,
  findMail,
  hastenDeferredMails,
  listEmails,
  type MailToRender,
  markMailsSent,
  postponeMail,
  settleMail,
} from './outgoing-mail.queries.ts'
import type { Email, EmailFilter, RenderedEmail } from './outgoing-mail.schemas.ts'
import { type RenderedMail, renderMail, type TemplateName } from './templates/templates.ts'
import { subjectLine } from './templates/user-text.ts'

/** The consumer of the log that writes the mails of a batch of events. */
export const mailConsumer = (app: App): Consumer => {
  const { config } = app
  const settings = {
    domain: mailDomain(config),
    state: config.SMTP_URL === undefined ? ('captured' as const) : ('queued' as const),
    autoCloseDays: config.AUTO_CLOSE_DAYS,
  }
  return (tx, batch) => insertMailsFor(tx, batch, settings)
}

const render = (app: App, mail: MailToRender, linkToken: (resetId: string) => string): RenderedMail =>
  renderMail(mail.template as TemplateName, mail.parameters, {
    publicUrl: app.config.PUBLIC_URL,
    tenantName: mail.tenant_name,
    recipientName: mail.recipient_name,
    linkToken,
  })

const SendEmail = z.object({ tenant_id: z.int(), email_id: z.uuid() })

/** How many mails to one address are handed over at once, and how long another one waits before it comes back later. */
const lanesPerAddress = 2
const lanePatienceMs = 1_000

/** What will not be tried again. */
type Settled = Exclude<Delivery, { outcome: 'deferred' }>

const handOver = (app: App, mailer: Mailer, mail: MailToRender): Promise<Delivery> =>
  mailer.send({
    ...render(app, mail, (resetId) => writeResetToken(app, mail.tenant_id, resetId)),
    to: { name: subjectLine(mail.recipient_name), address: mail.recipient_email },
    messageId: mail.message_id,
    inReplyTo: mail.in_reply_to,
  })

/**
 * The job that hands a mail over. What is settled already is left alone, as is an account that has been deactivated since;
 * an error of the database leaves the job to be run again, with the same Message-ID. When only the writing down failed,
 * this process does not hand the mail over again. A mail server that hangs at one address gets a few of its mails at a
 * time, so that everybody else's go on.
 */
export const sendEmailTask = (mailer: Mailer | null) => {
  const lanes = createLanes(lanesPerAddress, lanePatienceMs)
  // What is put off when the program starts may have been so by a fault that is put right now.
  let wasAway = true
  // What the mail server said of a mail for good, until that is written down: the database may be away by then.
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
    if (mailer === null) {
      await settleMail(app.pool, mail, 'captured', { attempts: 0, error: null })
      return
    }
    const leave = await lanes.enter(mail.recipient_email.toLowerCase())
    if (leave === null) {
      await postponeMail(app.pool, mail, app.config.MAIL_RETRY_SECONDS)
      return
    }
    const delivery = await handOver(app, mailer, mail).finally(leave)
    app.metrics.mails.inc({ outcome: delivery.outcome })
    if (delivery.outcome === 'deferred') {
      wasAway ||= delivery.isAway
      await deferMail(app.pool, mail, delivery.error, app.config.MAIL_RETRY_SECONDS)
      return
    }
    await settle(delivery)
    if (wasAway && delivery.outcome === 'sent') {
      wasAway = false
      await hastenDeferredMails(app.pool)
    }
  }
}

/** Mails whose jobs failed too often, or killed their process thrice, wait for nothing any more: it is said so of them. */
export const failAbandonedMails = async (app: App): Promise<void> => {
  const count = await failMailsWithoutJob(app.pool)
  if (count > 0) app.log.error({ count }, 'mails have failed whose jobs are not run again')
}

/** A page of the tenant's mails, newest first. */
export const listMails = async (
  app: App,
  actor: User,
  filter: EmailFilter,
  page: PageRequest<[string, string]>,
): Promise<PageOf<Email>> =>
  pageOf(await listEmails(app.pool, actor, filter, page), page, emailOrder, (mail) => [mail.created_at, mail.email_id])

/** Mails are listed by when they were written. */
export const emailOrder = '-created_at'

const toApi = ({
  tenant_id: _,
  tenant_name: __,
  account_status: ___,
  parameters: ____,
  in_reply_to: _____,
  ...email
}: MailToRender): Email => email

/**
 * One mail as its recipient gets it, but for the secrets in its links.
 * @throws AppError `email_not_found`.
 */
export const getMail = async (app: App, actor: User, emailId: string): Promise<RenderedEmail> => {
  const mail = await findMail(app.pool, actor.tenantId, emailId)
  if (mail === null) throw new AppError('email_not_found')
  return { ...toApi(mail), ...render(app, mail, () => 'masked') }
}

/** One mail with its secrets, for whoever runs the program and has no mail server; see `scripts/show-mail.ts`. */
export const getMailWithSecrets = async (app: App, tenantId: number, emailId: string): Promise<RenderedMail> => {
  const mail = await findMail(app.pool, tenantId, emailId)
  if (mail === null) throw new AppError('email_not_found')
  return render(app, mail, (resetId) => writeResetToken(app, tenantId, resetId))
}

/**
 * For a restored database, before anything is sent from it: writes the mails of the news that waits in it, and marks as
 * sent whatever is named in the log of the mail server. Answers with how many mails that were, and how many still wait.
 */
export const settleMailsByLog = async (app: App, log: string): Promise<{ sent: number; waiting: number }> => {
  while ((await fanOutOnce(app.pool, [mailConsumer(app)], 500)) > 0);
  const sent = await markMailsSent(app.pool, log.match(/<[^\s<>@]+@[^\s<>@]+>/g) ?? [])
  const { queued = 0, deferred = 0 } = await countMailsWaiting(app)
  return { sent, waiting: queued + deferred }
}

/** Mails that wait, by state, over all tenants. */
export const countMailsWaiting = async (app: App): Promise<Record<string, number>> => {
  const waiting = await countWaitingMails(app.pool)
  return { queued: 0, deferred: 0, ...Object.fromEntries(waiting.map(({ state, count }) => [state, count])) }
}
