import nodemailer from 'nodemailer'
import { type Mailbox, readMailbox } from '../../contract/mailbox.ts'
import type { Config } from '../config.ts'
import { foreignWords } from '../foreign-words.ts'

/** A mail that is ready to be sent. */
export interface Message {
  /** Who the mail is from. The name stands in the header as it is, whatever characters it has. */
  from: Mailbox
  to: { name: string; address: string }
  subject: string
  text: string
  html: string
  messageId: string
  /** The Message-IDs of the mails before it in its thread, the first one first. It answers the last of them. */
  ancestors: string[]
  /** Where the recipient unsubscribes in one click (RFC 8058); null for mails that one cannot unsubscribe from. */
  unsubscribeUrl: string | null
}

/** The outcome of a delivery: accepted, refused for good, or to be tried again. */
type Delivery =
  | { outcome: 'sent' }
  | { outcome: 'failed'; error: string }
  /** `isAway`: the mail server or the network is at fault, and not this recipient. */
  | { outcome: 'deferred'; error: string; isAway: boolean }

/** The connections to the mail server. */
export interface Mailer {
  send(message: Message): Promise<Delivery>
  /** Closes the idle connections, and with `force` also those in use, whose mails are then tried again. */
  close(options?: { force: boolean }): void
}

interface SmtpError {
  message?: string
  code?: string
  command?: string
  responseCode?: number
}

/**
 * A 5xx is final only when it is about this mail: its recipient or its content (RFC 5321, 4.2.1). A refused sign-in or
 * sender is a fault of the settings, which the operator can correct. A network fault or a 4xx goes away by itself.
 */
const deliveryOf = (failure: SmtpError, hasSentSince: boolean): Delivery => {
  const isAboutThisMail = /^(RCPT TO|DATA)$/i.test(failure.command ?? '')
  const text = failure.message ?? 'unknown error'
  const error = foreignWords(failure.code ? `${failure.code}: ${text}` : text)
  if (isAboutThisMail && (failure.responseCode ?? 0) >= 500) return { outcome: 'failed', error }
  return { outcome: 'deferred', error, isAway: !isAboutThisMail && !hasSentSince }
}

/**
 * The headers of a one-click unsubscription. A long address is not folded: no mail server would put it together again.
 */
const unsubscription = (url: string) => ({
  'List-Unsubscribe': { prepared: true, value: `<${url}>` },
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
})

/**
 * How long a delivery may take in total. A server that sends a byte now and then never reaches the timeout of a step.
 */
export const mailLimitMs = (config: Config): number => 3_000 * config.SMTP_TIMEOUT_SECONDS

/**
 * `SMTP_URL` without its `tls`, and whether TLS must begin before a password or a mail is sent. By default `smtp:` uses
 * STARTTLS when the server offers it, so an attacker in between can take the offer out (RFC 3207, 6).
 */
const smtpConnection = (smtpUrl: string): { url: string; requireTLS: boolean; isEncrypted: boolean } => {
  const url = new URL(smtpUrl)
  const requireTLS = url.searchParams.get('tls') === 'required'
  url.searchParams.delete('tls')
  return { url: url.href, requireTLS, isEncrypted: requireTLS || url.protocol === 'smtps:' }
}

/** Whether passwords and mails are sent over TLS only. True without a mail server. */
export const isMailEncrypted = ({ SMTP_URL }: Config): boolean =>
  SMTP_URL === undefined || smtpConnection(SMTP_URL).isEncrypted

/**
 * Makes the connection pool to the mail server, with `JOB_CONCURRENCY` connections; null when `SMTP_URL` is not set.
 * Each step has a timeout, and the whole delivery may take `mailLimitMs`.
 */
export const createMailer = (config: Config): Mailer | null => {
  if (config.SMTP_URL === undefined) return null
  const { url, requireTLS } = smtpConnection(config.SMTP_URL)
  const timeout = config.SMTP_TIMEOUT_SECONDS * 1_000
  const transport = nodemailer.createTransport(
    {
      url,
      requireTLS,
      pool: true,
      maxConnections: config.JOB_CONCURRENCY,
      maxMessages: 100,
      connectionTimeout: timeout,
      greetingTimeout: timeout,
      socketTimeout: timeout,
      dnsTimeout: timeout,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } },
  )
  let lastSentAt = 0
  return {
    async send({ from, to, subject, text, html, messageId, ancestors, unsubscribeUrl }) {
      const startedAt = performance.now()
      const limit = new AbortController()
      const timer = setTimeout(() => limit.abort(), mailLimitMs(config))
      try {
        const thread = ancestors.length === 0 ? {} : { inReplyTo: ancestors.at(-1), references: ancestors }
        const headers = unsubscribeUrl === null ? {} : unsubscription(unsubscribeUrl)
        const sender = { name: from.name ?? '', address: from.address }
        const parts = { from: sender, to, subject, text, html, messageId }
        await transport.sendMail({ ...parts, ...thread, headers, signal: limit.signal })
        lastSentAt = performance.now()
        return { outcome: 'sent' }
      } catch (error) {
        return deliveryOf(error as SmtpError, lastSentAt > startedAt)
      } finally {
        clearTimeout(timer)
      }
    },
    close: (options) => transport.close(options),
  }
}

/** `MAIL_FROM`, taken apart. The settings of the program are checked when it starts. */
export const senderOf = ({ MAIL_FROM }: Pick<Config, 'MAIL_FROM'>): Mailbox =>
  readMailbox(MAIL_FROM) ?? { name: null, address: MAIL_FROM }

/** The domain of Message-IDs: the domain of the sender's address. */
export const mailDomain = (config: Config): string => {
  const { address } = senderOf(config)
  return address.slice(address.lastIndexOf('@') + 1)
}
