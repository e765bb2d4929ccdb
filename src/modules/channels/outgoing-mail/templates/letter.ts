import type { z } from 'zod'
import { oneLine, spokenName } from './user-text.ts'

/**
 * What the link of a mail does: it sets a password, confirms an address, finishes a registration, or ends such mails.
 */
export type MailedLink = 'password' | 'email' | 'registration' | 'unsubscription'

/** What stands at the end of a mail that its recipient may choose not to get. */
export interface Closing {
  text: string
  /** The link of the page that ends such mails, by the id of the mail. */
  stop: { label: string; emailId: string } | null
}

/** What a mail is rendered with beside its parameters. */
export interface MailContext {
  /** Without a slash at its end; every link starts with it. */
  publicUrl: string
  /** The helpdesk's name. */
  tenantName: string
  /** In `X-Tenant`, and in the addresses of pages that are not of a link. */
  tenantSlug: string
  recipientName: string
  /**
   * Whether the mail may have what the account of its recipient typed. False for a customer whose address nobody has
   * confirmed.
   */
  isConfirmed: boolean
  /** Whether the staff, or the program itself, did what the mail tells of. */
  isByStaff: boolean
  /** Makes the token of a link, from the id of its row. */
  linkToken: (link: MailedLink, rowId: string) => string
  closing: Closing | null
}

/** The page on which a person asks for a link that sets a new password. */
export const forgottenPasswordPage = ({ publicUrl, tenantSlug }: MailContext): string =>
  `${publicUrl}/password/forgot?tenant=${encodeURIComponent(tenantSlug)}`

export interface Fact {
  label: string
  value: string
}

/** Facts about one thing. The first fact names the thing, and its label is a link when there is a `url`. */
export interface FactGroup {
  facts: [Fact, ...Fact[]]
  url: string | null
}

/**
 * A mail before it is rendered. Text and HTML are both made of this description, so they cannot say different things.
 * Only `facts`, `groups`, `quote`, `subject` and the greeting may hold what users wrote. All other words are our own.
 */
export interface Letter {
  subject: string
  heading: string
  paragraphs: string[]
  facts: Fact[]
  /** Further facts, as of the tickets of a digest. */
  groups?: FactGroup[]
  quote: { label: string; text: string } | null
  /** The one link of the mail, if there is one. */
  action: { label: string; url: string } | null
  /** Paragraphs below the link. */
  notes: string[]
}

/** A letter with the greeting, sender and footer that every letter has. */
export interface FramedLetter extends Letter {
  greeting: string
  sender: string
  footer: string
  /** The last line, and where it leads. */
  closing: { text: string; link: { label: string; url: string } | null } | null
}

/**
 * A link with a token, which stands at the very end, so that a program that shows or logs the link can mask the token.
 */
export const linkWith = (
  { publicUrl, linkToken }: MailContext,
  path: string,
  link: MailedLink,
  rowId: string,
): string => `${publicUrl}${path}?token=${encodeURIComponent(linkToken(link, rowId))}`

const closingIn = (context: MailContext): FramedLetter['closing'] => {
  const { closing } = context
  if (closing === null) return null
  const { text, stop } = closing
  if (stop === null) return { text, link: null }
  return { text, link: { label: stop.label, url: linkWith(context, '/unsubscribe', 'unsubscription', stop.emailId) } }
}

export const frame = (letter: Letter, context: MailContext): FramedLetter => {
  const { tenantName, recipientName, isConfirmed } = context
  const name = isConfirmed ? spokenName(recipientName) : null
  const isLinked = letter.action !== null
  return {
    ...letter,
    greeting: name === null ? 'Hello,' : `Hello ${name},`,
    sender: oneLine(tenantName),
    footer: `This mail was sent automatically. Please ${isLinked ? 'use the link above rather than answer it' : 'do not answer it'}: an answer may reach nobody.`,
    closing: closingIn(context),
  }
}

/** A template: the schema of its parameters, and the letter that is written with them. */
export interface Template {
  parameters: z.ZodType
  /** @throws ZodError when the parameters are not the template's. */
  write: (parameters: unknown, context: MailContext) => Letter
}

export const defineTemplate = <P extends z.ZodType>(
  parameters: P,
  write: (parameters: z.output<P>, context: MailContext) => Letter,
): Template => ({ parameters, write: (given, context) => write(parameters.parse(given), context) })

/** `1 day`, `7 days`. */
export const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`

/** The link that confirms an address. */
export const confirmationLink = (context: MailContext, confirmationId: string): string =>
  linkWith(context, '/email/confirm', 'email', confirmationId)
