import type { App } from '../../../platform/app-context.ts'
import { foreignWords } from '../../../platform/foreign-words.ts'
import { inTime } from '../../../platform/in-time.ts'
import { createLanes } from '../../../platform/mail/lanes.ts'
import { type Mailer, type Message, mailLimitMs } from '../../../platform/mail/transport.ts'
import { sendWithinQuota } from '../../identity/accounts/quotas.service.ts'
import { tokenOf } from './link-tokens.ts'
import { settingsOfMail } from './mail-layout.ts'
import { type Outcome, outOfSight } from './mail-queue.queries.ts'
import type { StoredMail } from './outgoing-mail.queries.ts'
import { addressOfMail, contextOf, sha256Of } from './outgoing-mail.service.ts'
import type { MailContext } from './templates/letter.ts'
import type { TemplateName } from './templates/template-names.ts'
import { tryToRender } from './templates/try-to-render.ts'
import { subjectLine } from './templates/user-text.ts'
import { undone } from './undone-mails.steps.ts'
import { unsubscribeAddress } from './unsubscribe.service.ts'

/** How many mails to one address are handed over at once, and how long a further mail waits before it is postponed. */
const lanesPerAddress = 2
const lanePatienceMs = 1_000

/** How much longer than the mailer's own limit a delivery may take before its outcome is no longer waited for. */
const overtimeMs = 1_000

/** How many broken templates of tenants a process names in its log. */
const warnedAtMost = 1_000

/** A mail as the mail server gets it, and the SHA-256 of its text with the secrets of links masked. */
interface Written {
  message: Message
  sha256: string
}

/** Writes a mail, or says why that is not possible. */
const write = (app: App, mail: StoredMail, onFault: (reason: string) => void): Written | { reason: string } => {
  let hasSecret = false
  const linkToken: MailContext['linkToken'] = (link, rowId) => {
    hasSecret = true
    return tokenOf(app, mail, link, rowId)
  }
  const rendering = tryToRender(mail, contextOf(app, mail, linkToken), onFault)
  if ('reason' in rendering) return rendering
  const masked = hasSecret
    ? tryToRender(
        mail,
        contextOf(app, mail, () => 'masked'),
      )
    : rendering
  if ('reason' in masked) return masked
  const to = { name: mail.is_confirmed ? subjectLine(mail.account_name) : '', address: mail.account_email }
  const ancestors = [mail.in_reply_to, mail.answered_message_id].filter((id) => id !== null)
  // A test shows what one click would stop, and stops nothing.
  const unsubscribeUrl =
    mail.stops === null || mail.is_test
      ? null
      : unsubscribeAddress(app, addressOfMail(app, mail), mail.tenant_id, mail.email_id)
  const { mail_sender: from } = settingsOfMail(app.config, mail)
  const message = { ...rendering, from, to, messageId: mail.message_id, ancestors, unsubscribeUrl }
  return { message, sha256: sha256Of(masked.text) }
}

/** The mail that gathers what happened to tickets. */
const digest: TemplateName = 'digest'

/** The mail that says that a ticket was given to somebody else. Its recipient need not see the ticket any more. */
const farewell: TemplateName = 'ticket_reassigned_technician'

/** Why a mail is not sent any more, or null. */
export const whyCancelled = (mail: StoredMail): string | null => {
  // The sample is about no ticket, and tells of things that are not there.
  if (mail.is_test && mail.ticket_id === null) return null
  if (mail.is_ticket_deleted) return 'The ticket has been deleted.'
  if (mail.is_undone) return undone
  if (mail.is_comment_deleted) return 'The comment has been deleted.'
  if (mail.is_merge_undone) return 'The merge has been undone.'
  if (mail.is_empty_digest) return 'Nothing of what it gathered is there any more, or its recipient does not see it.'
  if (mail.is_without_files) return 'The files are with a comment, or have been deleted.'
  if (mail.is_out_of_sight && mail.template !== farewell) return outOfSight
  return null
}

/** Why a mail about a ticket is not sent to an address that nobody has confirmed. */
const tooManyForStranger = ({ QUOTA_STRANGER_MAILS_PER_DAY: limit }: App['config']): string =>
  `Nobody has confirmed the address, and it has had its ${limit} mails within 24 hours.`

/** An outcome before anything has been tried. */
const untried = ({ tenant_id, email_id }: StoredMail): Outcome => ({
  tenant_id,
  email_id,
  state: 'deferred',
  error: null,
  isAttempt: false,
  recipient: null,
  sha256: null,
})

/** Hands mails over. */
export interface Sender {
  /** Hands a mail over, if the mail is to be sent at all. Answers with what became of the mail, and never throws. */
  send(mail: StoredMail): Promise<Outcome>
  /** Whether mails are sent again after the mail server was away. It says so once. */
  isBack(): boolean
}

/**
 * Makes a sender. Without a mail server, its mails are captured. It hands over a few mails at a time to each address,
 * so a mail server that hangs at one address delays only the mails to that address.
 */
export const createSender = (app: App, mailer: Mailer | null): Sender => {
  const lanes = createLanes(lanesPerAddress, lanePatienceMs)
  const limitMs = mailLimitMs(app.config) + overtimeMs
  // True at the start, too, because mails may have been put off by a fault that is repaired now.
  let wasAway = true
  let isBack = false

  const warned = new Set<string>()
  /** Says once for each template of a tenant that it cannot be used. */
  const warnOnce = ({ tenant_id, template, language }: StoredMail, fault: string): void => {
    const key = `${tenant_id} ${template} ${language} ${fault}`
    if (warned.has(key) || warned.size >= warnedAtMost) return
    warned.add(key)
    app.log.warn({ tenant_id, template, language, fault }, 'a template of a tenant cannot be used; the built-in one is')
  }

  const handOver = async (mailer: Mailer, { message, sha256 }: Written): Promise<Partial<Outcome>> => {
    const recipient = message.to
    const delivery = await lanes.run(recipient.address.toLowerCase(), () =>
      inTime(
        // Also when the mailer throws at once.
        Promise.resolve().then(() => mailer.send(message)),
        limitMs,
      ),
    )
    if (delivery === null) return { state: 'postponed' }
    app.metrics.mails.inc({ outcome: delivery.outcome })
    if (delivery.outcome === 'sent') {
      isBack ||= wasAway
      wasAway = false
      return { state: 'sent', isAttempt: true, recipient, sha256 }
    }
    if (delivery.outcome === 'deferred') wasAway ||= delivery.isAway
    return { state: delivery.outcome, isAttempt: true, recipient, error: delivery.error }
  }

  /** A mail about a ticket to an address that nobody has confirmed counts as one that a stranger caused. */
  const handOverWithinQuota = async (mailer: Mailer, mail: StoredMail, written: Written): Promise<Partial<Outcome>> => {
    const { is_confirmed, ticket_id, template, tenant_id, account_email } = mail
    if (is_confirmed || (ticket_id === null && template !== digest)) return handOver(mailer, written)
    const handing = () => handOver(mailer, written)
    const outcome = await sendWithinQuota(app, tenant_id, account_email, handing, ({ state }) => state === 'sent')
    return outcome ?? { state: 'cancelled', error: tooManyForStranger(app.config) }
  }

  const outcomeOf = async (mail: StoredMail): Promise<Partial<Outcome>> => {
    const reason = whyCancelled(mail)
    if (reason !== null) return { state: 'cancelled', error: reason }
    if (mail.account_status === 'deactivated') return { state: 'failed', error: 'The account has been deactivated.' }
    if (mailer === null) return { state: 'captured' }
    const written = write(app, mail, (fault) => warnOnce(mail, fault))
    if (!('reason' in written)) return handOverWithinQuota(mailer, mail, written)
    const { email_id, template } = mail
    app.log.error({ email_id, template, reason: written.reason }, 'a mail cannot be written')
    return { state: 'failed', error: foreignWords(written.reason) }
  }

  return {
    async send(mail) {
      try {
        return { ...untried(mail), ...(await outcomeOf(mail)) }
      } catch (error) {
        app.log.error({ email_id: mail.email_id, error }, 'handing a mail over failed')
        return { ...untried(mail), isAttempt: true, error: foreignWords(String(error)) }
      }
    },
    isBack() {
      const was = isBack
      isBack = false
      return was
    },
  }
}
