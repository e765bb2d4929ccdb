import { createHash } from 'node:crypto'
import type { Language } from '../../../contract/enums.ts'
import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { type Follower, type FollowingSteps, hasOneOf } from '../../../platform/events/fan-out.ts'
import { mailDomain } from '../../../platform/mail/transport.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { addressOfTenant } from '../../identity/tenants/tenant-address.ts'
import { cancelMailsOfMoved, cancelMailsOfUndone } from './cancel-mails.queries.ts'
import { rescheduleDigests, writeDueDigests } from './digests.queries.ts'
import { listEmails } from './email-lists.queries.ts'
import { tokenOf } from './link-tokens.ts'
import { closingOf } from './mail-closing.service.ts'
import { layoutOf, settingsOfMail } from './mail-layout.ts'
import { countWaitingMails, findLatestOf, findMail, type StoredMail } from './outgoing-mail.queries.ts'
import { Email, type EmailFilter, type ListedEmail, type RenderedEmail } from './outgoing-mail.schemas.ts'
import type { MailContext } from './templates/letter.ts'
import type { TemplateName } from './templates/template-names.ts'
import { type RenderedMail, renderBlanked, renderNote } from './templates/templates.ts'
import { subjectOf } from './templates/ticket-letter.ts'
import { tryToRender } from './templates/try-to-render.ts'
import { insertRegistrationMails, type MailSettings, mailSteps } from './write-mails.queries.ts'

/** The SHA-256 of a text, in hexadecimal digits. */
export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** How this program writes mails. */
export const mailSettingsOf = ({ config, secrets }: App): MailSettings => ({
  domain: mailDomain(config),
  key: secrets.mails,
  state: config.SMTP_URL === undefined ? 'captured' : 'queued',
  autoCloseDays: config.AUTO_CLOSE_DAYS,
  zone: config.TIME_ZONE,
  language: config.LANGUAGES[0] ?? 'en',
})

/**
 * The follower of the log that writes the mails to those who register, and cancels waiting mails to customers whose
 * ticket was moved to another customer, and about what was undone. Who chose anew gets the digests at the chosen times.
 */
export const mailFollower = (app: App): Follower => {
  const settings = mailSettingsOf(app)
  return async (tx, batch) => {
    if (hasOneOf(batch, 'registration.requested')) await insertRegistrationMails(tx, batch, settings)
    if (hasOneOf(batch, 'ticket.moved')) await cancelMailsOfMoved(tx, batch)
    if (hasOneOf(batch, 'account.notifications_changed', 'account.updated'))
      await rescheduleDigests(tx, batch, settings)
    if (hasOneOf(batch, 'ticket.change_undone')) await cancelMailsOfUndone(tx, batch)
  }
}

/** The steps that write the mails to the recipients of events, and what waits for their digests. */
export const mailStepsOf = (app: App): FollowingSteps => [mailSteps(mailSettingsOf(app))]

/** How many waiting items one transaction of the job looks at. */
const digestBatch = 500

/** The job that writes the digests that are due, in batches of one transaction each. */
export const writeDigests = async (app: App): Promise<void> => {
  const settings = mailSettingsOf(app)
  let found = digestBatch
  while (found === digestBatch && !app.stopping()) {
    found = await transaction(app.pool, (tx) => writeDueDigests(tx, settings, digestBatch))
  }
}

/** Where the people of the mail's tenant reach it. */
export const addressOfMail = ({ config }: App, mail: Pick<StoredMail, 'tenant_slug' | 'tenant_host'>): string =>
  addressOfTenant(config, { slug: mail.tenant_slug, host: mail.tenant_host })

/** What a mail is rendered with beside its parameters. */
export const contextOf = (app: App, mail: StoredMail, linkToken: MailContext['linkToken']): MailContext => ({
  publicUrl: addressOfMail(app, mail),
  hasConsole: app.config.CONSOLE,
  tenantName: mail.tenant_name,
  tenantSlug: mail.tenant_slug,
  language: mail.language,
  // An address that the account does not have may be anybody's, and its person did not type the name.
  recipientName: mail.keeps_address ? '' : mail.state === 'sent' ? mail.recipient_name : mail.account_name,
  isConfirmed: mail.is_confirmed,
  isByStaff: mail.is_by_staff,
  linkToken,
  closing: closingOf(mail, app.config.CONSOLE),
  layout: layoutOf(settingsOfMail(app.config, mail), mail.tenant_has_logo ? addressOfMail(app, mail) : null),
  own: mail.own_subject === null || mail.own_text === null ? null : { subject: mail.own_subject, text: mail.own_text },
  isTest: mail.is_test,
})

/** A mail of a list with its subject, which is that of its ticket. */
const withSubject = ({
  ticket_subject,
  ...mail
}: Omit<ListedEmail, 'subject'> & { ticket_subject: string | null }): ListedEmail => {
  const { ticket_id } = mail
  return {
    ...mail,
    subject: ticket_id === null || ticket_subject === null ? null : subjectOf({ ticket_id, ticket_subject }),
  }
}

/** A page of the tenant's mails, newest first. @throws AppError `query_too_broad` after `LIST_TIMEOUT_MS`. */
export const listMails = async (
  app: App,
  actor: User,
  filter: EmailFilter,
  page: PageRequest<[string, string]>,
): Promise<PageOf<ListedEmail>> => {
  const reading = listEmails(app.pool, actor, filter, page, app.config.LIST_TIMEOUT_MS)
  const mails = await refuseTooBroad(
    reading,
    'Filter by one of `ticket_id`, `recipient`, `account`, `template` and `state` alone.',
  )
  const found = pageOf(mails, page, emailOrder, (mail) => [mail.created_at, mail.email_id])
  return { ...found, rows: found.rows.map(withSubject) }
}

/** Mails are listed by the time at which they were written. */
export const emailOrder = '-created_at'

/** What the recipient reads. When its text was removed, or the mail cannot be written, a note in its place. */
const show = (mail: StoredMail, context: MailContext): RenderedMail => {
  if (mail.parameters_blanked_at !== null) return renderBlanked(mail.template, mail.parameters_blanked_at, context)
  const rendering = tryToRender(mail, context)
  return 'reason' in rendering ? renderNote(mail.template, rendering.reason, context) : rendering
}

/**
 * One mail as its recipient gets it now, with the secrets in its links masked. Texts are not kept: `as_sent` says
 * whether this is the text that was sent.
 * @throws AppError `email_not_found`.
 */
export const getMail = async (app: App, actor: User, emailId: string): Promise<RenderedEmail> => {
  const mail = requireRead(await findMail(app.pool, actor.tenantId, emailId), 'email_not_found')
  const context = contextOf(app, mail, () => 'masked')
  const shown = show(mail, context)
  const as_sent = mail.sent_sha256 === null ? null : mail.sent_sha256 === sha256Of(shown.text)
  return { ...Email.parse(mail), ...shown, as_sent }
}

/**
 * One mail with its secrets, for operators without a mail server; see `scripts/operate/show-mail.ts`. `language`:
 * another one than that of the mail.
 * @throws AppError `email_not_found`.
 */
export const getMailWithSecrets = async (
  app: App,
  tenantId: number,
  emailId: string,
  language?: Language,
): Promise<RenderedMail> => {
  const mail = requireRead(await findMail(app.pool, tenantId, emailId, language), 'email_not_found')
  const context = contextOf(app, mail, (link, rowId) => tokenOf(app, mail, link, rowId))
  return show(mail, context)
}

/** The `email_id` of the newest mail of a template in a tenant; undefined when there is none. */
export const findLatestMailId = async (
  app: App,
  tenantId: number,
  template: TemplateName,
): Promise<string | undefined> => (await findLatestOf(app.pool, tenantId, template))?.email_id

/** How many mails wait, and how many are held since a restore, by state, over all tenants. */
export const countMailsWaiting = async (app: App): Promise<Record<string, number>> => {
  const waiting = await countWaitingMails(app.pool)
  return { queued: 0, deferred: 0, held: 0, ...Object.fromEntries(waiting.map(({ state, count }) => [state, count])) }
}
