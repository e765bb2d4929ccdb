import type { z } from 'zod'
import type { Language } from '../../../../contract/enums.ts'
import type { Words } from '../../../../platform/page.ts'
import type { Source, Values } from './template-source.ts'
import { oneLine, spokenName } from './user-text.ts'

/**
 * What the link of a mail does: it sets a password, confirms an address, finishes a registration, or ends such mails.
 */
export type MailedLink = 'password' | 'email' | 'registration' | 'unsubscription'

/** What stands at the end of a mail that its recipient may choose not to get. */
export interface Closing {
  text: string
  /** What the link is called to the page on which people choose their mails; null where there is none. */
  choose: string | null
  /** The link of the page that ends such mails, by the id of the mail. */
  stop: { label: string; emailId: string } | null
}

/** How the mails of a tenant look. */
export interface MailLayout {
  /** The colour of the button, as `#1f5fbf`, on which white can be read. */
  colour: string
  /** The absolute address of the logo, or null. */
  logoUrl: string | null
  /** What stands below every mail, or null. */
  signature: string | null
}

/** How mails look as long as a tenant has chosen nothing. */
export const plainLayout: MailLayout = { colour: '#1f5fbf', logoUrl: null, signature: null }

/** What a mail is rendered with beside its parameters. */
export interface MailContext {
  language: Language
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
  /** Whether the helpdesk has its console, so that a link may lead to one of its pages. */
  hasConsole: boolean
  /** Makes the token of a link, from the id of its row. */
  linkToken: (link: MailedLink, rowId: string) => string
  closing: Closing | null
  layout: MailLayout
  /** What the tenant wrote in place of the built-in mail of this template and language, or null. */
  own: Source | null
  /** Whether the mail is a test of a template. Its subject says so. */
  isTest: boolean
}

/** The words of the language of a mail. */
export const say = ({ language }: Pick<MailContext, 'language'>, words: Words): string => words[language]

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

interface Quote {
  label: string
  text: string
}

export interface Action {
  label: string
  url: string
}

/** The variables that stand for a whole block of a mail: its facts, several groups of facts, its quote, and its link. */
export const blockNames = ['facts', 'list', 'quote', 'link'] as const
export type BlockName = (typeof blockNames)[number]

/** What a mail tells, before words are put around it. */
export interface Filling {
  values: Values
  facts: Fact[]
  /** Further facts, as of the tickets of a digest. */
  groups?: FactGroup[]
  quote: Quote | null
  /** The one link of the mail, if there is one. */
  action: Action | null
}

/** A part of a mail, in the order in which it is read. */
export type LetterBlock =
  | { kind: 'heading'; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'facts'; facts: Fact[]; url: string | null }
  | ({ kind: 'quote' } & Quote)
  | ({ kind: 'action' } & Action)

/**
 * A mail before it is rendered. Text and HTML are both made of this description, so they cannot say different things.
 * What users wrote stands in facts and quotes, in the subject, and where a template names a variable.
 */
export interface Letter {
  subject: string
  blocks: LetterBlock[]
}

/** A letter with the sender and footer that every letter has. */
export interface FramedLetter extends Letter {
  language: Language
  layout: MailLayout
  sender: string
  footer: string
  /** The last line, and where it leads. */
  closing: { text: string; links: Action[] } | null
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
  const { closing, publicUrl } = context
  if (closing === null) return null
  const { text, choose, stop } = closing
  const links = [
    ...(choose === null ? [] : [{ label: choose, url: `${publicUrl}/account/notifications` }]),
    ...(stop === null
      ? []
      : [{ label: stop.label, url: linkWith(context, '/unsubscribe', 'unsubscription', stop.emailId) }]),
  ]
  return { text, links }
}

const footers: Record<'linked' | 'linkless', Words> = {
  linked: {
    en: 'This mail was sent automatically. Please use the link above rather than answer it: an answer may reach nobody.',
    de: 'Diese Mail wurde automatisch versendet. Bitte benutzen Sie den Link oben, statt zu antworten: Eine Antwort erreicht womöglich niemanden.',
  },
  linkless: {
    en: 'This mail was sent automatically. Please do not answer it: an answer may reach nobody.',
    de: 'Diese Mail wurde automatisch versendet. Bitte antworten Sie nicht darauf: Eine Antwort erreicht womöglich niemanden.',
  },
}

export const frame = (letter: Letter, context: MailContext): FramedLetter => {
  const { tenantName, language, layout } = context
  const isLinked = letter.blocks.some(({ kind }) => kind === 'action')
  return {
    ...letter,
    language,
    layout,
    sender: oneLine(tenantName),
    footer: say(context, isLinked ? footers.linked : footers.linkless),
    closing: closingIn(context),
  }
}

/** The variables that every template has. */
const commonValues = (context: MailContext) => {
  const name = context.isConfirmed ? spokenName(context.recipientName) : null
  const hello = say(context, { en: 'Hello', de: 'Guten Tag' })
  return {
    greeting: name === null ? `${hello},` : `${hello} ${name},`,
    recipient_name: name,
    helpdesk: oneLine(context.tenantName),
    forgotten_password_page: forgottenPasswordPage(context),
  } satisfies Values
}

/** A template: the schema of its parameters, and what the mail tells of them. */
export interface Template {
  parameters: z.ZodType
  /** The blocks of the mail, in the order of the built-in text. */
  blocks: readonly BlockName[]
  /** Whether the mail would be of no use without its link. */
  needsLink: boolean
  /** @throws ZodError when the parameters are not the template's. */
  fill: (parameters: unknown, context: MailContext) => Filling
}

/** What a template says of itself. What is left out is empty. */
type Told = { values?: Values } & Partial<Omit<Filling, 'values'>>

export const defineTemplate = <P extends z.ZodType>(
  blocks: readonly BlockName[],
  parameters: P,
  tell: (parameters: z.output<P>, context: MailContext) => Told,
  needsLink = false,
): Template => ({
  parameters,
  blocks,
  needsLink,
  fill: (given, context) => {
    const { values, ...told } = tell(parameters.parse(given), context)
    return { facts: [], quote: null, action: null, ...told, values: { ...commonValues(context), ...values } }
  },
})

/** The link that opens the helpdesk. */
export const helpdeskLink = (context: MailContext): Action => ({
  label: say(context, { en: 'Open the helpdesk', de: 'Helpdesk öffnen' }),
  url: `${context.publicUrl}/`,
})

/** The link that confirms an address. */
export const confirmationLink = (context: MailContext, confirmationId: string): string =>
  linkWith(context, '/email/confirm', 'email', confirmationId)
