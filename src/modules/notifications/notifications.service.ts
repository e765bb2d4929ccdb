import { z } from 'zod'
import type { App } from '../../platform/app-context.ts'
import { AppError } from '../../platform/errors.ts'
import type { Consumer } from '../../platform/events/fan-out.ts'
import { type Mailer, mailDomain } from '../../platform/mail/transport.ts'
import { type PageOf, type PageRequest, pageOf } from '../../platform/paging.ts'
import type { User } from '../auth/actor.ts'
import { writeResetToken } from '../auth/tokens.ts'
import {
  countWaitingMails,
  deferMail,
  findMail,
  hastenDeferredMails,
  insertMailsFor,
  listEmails,
  type MailToRender,
  settleMail,
} from './notifications.queries.ts'
import type { Email, EmailFilter, RenderedEmail } from './notifications.schemas.ts'
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

/**
 * The job that hands a mail over. What is settled already is left alone; an error of the database leaves the job to be
 * run again, with the same Message-ID.
 */
export const sendEmailTask = (mailer: Mailer | null) => {
  let wasAway = false
  return async (app: App, payload: unknown): Promise<void> => {
    const { tenant_id, email_id } = SendEmail.parse(payload)
    const mail = await findMail(app.pool, tenant_id, email_id)
    if (mail === null || (mail.state !== 'queued' && mail.state !== 'deferred')) return
    if (mailer === null) {
      await settleMail(app.pool, mail, 'captured', null)
      return
    }
    const rendered = render(app, mail, (resetId) => writeResetToken(app, tenant_id, resetId))
    const delivery = await mailer.send({
      ...rendered,
      to: { name: subjectLine(mail.recipient_name), address: mail.recipient_email },
      messageId: mail.message_id,
      inReplyTo: mail.in_reply_to,
    })
    app.metrics.mails.inc({ outcome: delivery.outcome })
    if (delivery.outcome === 'deferred') {
      wasAway = true
      await deferMail(app.pool, mail, delivery.error, app.config.MAIL_RETRY_SECONDS)
      return
    }
    await settleMail(app.pool, mail, delivery.outcome, delivery.outcome === 'failed' ? delivery.error : null)
    if (wasAway && delivery.outcome === 'sent') {
      wasAway = false
      await hastenDeferredMails(app.pool)
    }
  }
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

const toApi = ({ tenant_id: _, tenant_name: __, parameters: ___, in_reply_to: ____, ...email }: MailToRender): Email =>
  email

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

/** Mails that wait, by state, over all tenants. */
export const countMailsWaiting = async (app: App): Promise<Record<string, number>> => {
  const waiting = await countWaitingMails(app.pool)
  return { queued: 0, deferred: 0, ...Object.fromEntries(waiting.map(({ state, count }) => [state, count])) }
}
