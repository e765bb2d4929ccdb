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
export type Delivery = { outcome: 'sent' } | { outcome: 'failed' | 'deferred'; error: string }

export interface Mailer {
  send(message: Message): Promise<Delivery>
  close(): void
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
const deliveryOf = (error: SmtpError): Delivery => {
  const isAboutThisMail = /^(RCPT TO|DATA)$/i.test(error.command ?? '')
  const isFinal = isAboutThisMail && (error.responseCode ?? 0) >= 500
  const text = (error.message ?? 'unknown error').replaceAll(/\s+/g, ' ').slice(0, 500)
  return { outcome: isFinal ? 'failed' : 'deferred', error: error.code ? `${error.code}: ${text}` : text }
}

/** The way to the mail server, or null when none is set up. Connections are pooled, every step has its timeout. */
export const createMailer = (config: Config): Mailer | null => {
  if (config.SMTP_URL === undefined) return null
  const timeout = config.SMTP_TIMEOUT_SECONDS * 1_000
  const transport = nodemailer.createTransport(
    {
      url: config.SMTP_URL,
      pool: true,
      maxConnections: 5,
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
  return {
    async send({ to, subject, text, html, messageId, inReplyTo }) {
      try {
        const thread = inReplyTo === null ? {} : { inReplyTo, references: inReplyTo }
        await transport.sendMail({ to, subject, text, html, messageId, ...thread })
        return { outcome: 'sent' }
      } catch (error) {
        return deliveryOf(error as SmtpError)
      }
    },
    close: () => transport.close(),
  }
}

/** The domain of our Message-IDs: that of the sender's address. */
export const mailDomain = (config: Config): string => /@([^\s<>@]+)>?$/.exec(config.MAIL_FROM)?.[1] ?? 'localhost'
