import nodemailer from 'nodemailer'
import type { Config } from '../config.ts'

/** A mail that is ready to be sent. */
export interface Message {
  to: { name: string; address: string }
  subject: string
  text: string
  html: string
  messageId: string
  inReplyTo: string | null
}

/** The outcome of a delivery: accepted, refused for good, or to be tried again. */
export type Delivery =
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
  const text = (failure.message ?? 'unknown error').replaceAll(/\s+/g, ' ').slice(0, 500)
  const error = failure.code ? `${failure.code}: ${text}` : text
  if (isAboutThisMail && (failure.responseCode ?? 0) >= 500) return { outcome: 'failed', error }
  return { outcome: 'deferred', error, isAway: !isAboutThisMail && !hasSentSince }
}

/** How long a delivery may take in total. A server that sends a byte now and then never reaches the timeout of a step. */
export const mailLimitMs = (config: Config): number => 3_000 * config.SMTP_TIMEOUT_SECONDS

/**
 * Makes the connection pool to the mail server, one connection for each job; null when `SMTP_URL` is not set. Each step
 * has a timeout, and the whole delivery may take `mailLimitMs`.
 */
export const createMailer = (config: Config): Mailer | null => {
  if (config.SMTP_URL === undefined) return null
  const timeout = config.SMTP_TIMEOUT_SECONDS * 1_000
  const transport = nodemailer.createTransport(
    {
      url: config.SMTP_URL,
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
    { from: config.MAIL_FROM, headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } },
  )
  let lastSentAt = 0
  return {
    async send({ to, subject, text, html, messageId, inReplyTo }) {
      const startedAt = performance.now()
      try {
        const thread = inReplyTo === null ? {} : { inReplyTo, references: inReplyTo }
        const signal = AbortSignal.timeout(mailLimitMs(config))
        await transport.sendMail({ to, subject, text, html, messageId, ...thread, signal })
        lastSentAt = performance.now()
        return { outcome: 'sent' }
      } catch (error) {
        return deliveryOf(error as SmtpError, lastSentAt > startedAt)
      }
    },
    close: (options) => transport.close(options),
  }
}

/** The domain of Message-IDs: the domain of the sender's address. */
export const mailDomain = (config: Config): string => /@([^\s<>@]+)>?$/.exec(config.MAIL_FROM)?.[1] ?? 'localhost'
