import nodemailer from 'nodemailer'
import type { Config } from '../config.ts'

export interface Message {
  to: { name: string; address: string }
  subject: string
  text: string
  html: string
  messageId: string
  inReplyTo: string | null
}

/** What became of handing a mail over: taken, refused for good, or to be tried again. */
export type Delivery =
  | { outcome: 'sent' }
  | { outcome: 'failed'; error: string }
  /** `isAway`: the fault lies with the mail server, or the way to it, rather than with this one recipient. */
  | { outcome: 'deferred'; error: string; isAway: boolean }

export interface Mailer {
  send(message: Message): Promise<Delivery>
  /** Closes the connections; with `force` also those that are at work, whose mails are then to be tried again. */
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
 * sender is a fault of the settings and comes right when they do; a network fault or a 4xx by itself.
 */
const deliveryOf = (failure: SmtpError, hasSentSince: boolean): Delivery => {
  const isAboutThisMail = /^(RCPT TO|DATA)$/i.test(failure.command ?? '')
  const text = (failure.message ?? 'unknown error').replaceAll(/\s+/g, ' ').slice(0, 500)
  const error = failure.code ? `${failure.code}: ${text}` : text
  if (isAboutThisMail && (failure.responseCode ?? 0) >= 500) return { outcome: 'failed', error }
  return { outcome: 'deferred', error, isAway: !isAboutThisMail && !hasSentSince }
}

/** How long handing over a mail may take as a whole: a server that sends a byte now and then would never be silent. */
export const mailLimitMs = (config: Config): number => 3_000 * config.SMTP_TIMEOUT_SECONDS

/**
 * The way to the mail server, or null when none is set up. Connections are pooled, one for each job; every step has its
 * timeout, and a mail as a whole that of three steps: a server that sends a byte now and then would never be silent.
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

/** The domain of our Message-IDs: that of the sender's address. */
export const mailDomain = (config: Config): string => /@([^\s<>@]+)>?$/.exec(config.MAIL_FROM)?.[1] ?? 'localhost'
