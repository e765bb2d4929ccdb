import { isIP } from 'node:net'
import { z } from 'zod'
import {
  type Fact,
  type FactGroup,
  type Filling,
  forgottenPasswordPage,
  type Letter,
  type LetterBlock,
  type MailContext,
  say,
} from './letter.ts'
import { hasWithheld, withheld } from './withheld-mark.ts'

// A mail to a customer whose address nobody has confirmed. A stranger may have registered the address of somebody else,
// so the mail has no text that the account could have typed: else the desk would mail the stranger's words to anyone.

/**
 * Parameters whose texts are the program's own or the staff's, whoever acted, and the address that the mail goes to. Of
 * a `user_agent` templates show words of ours only.
 */
const ownTexts = new Set([
  'ticket_id',
  'merged_ticket_id',
  'webhook_id',
  'priority',
  'status',
  'type',
  'role',
  'technician_name',
  'email',
  'at',
  'user_agent',
])

/** Parameters whose texts are those of the person who acted. */
const textsOfActor = new Set(['actor_name', 'comment_body', 'reason', 'resolution_summary', 'files'])

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** The number of an order. */
const order = /^ORD\d{4,15}$/
const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

/** Ids of rows, numbers of orders, times, and network addresses, where nothing else stands: nobody types them. */
const isMade = (name: string, text: string): boolean =>
  (name.endsWith('_id') && (uuid.test(text) || order.test(text))) ||
  (name.endsWith('_at') && time.test(text)) ||
  (name === 'address' && isIP(text) !== 0)

/** A text of the staff without the lines that it quotes, which may be the customer's. */
const withoutQuotes = (text: string): string =>
  text
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
    .filter((line) => !/^\s*(?:>|&gt;|\u2502|\|)/.test(line))
    .join('\n')

/** Whether a parameter is one of a few words of the program. */
const isWord = (schema: z.ZodType, name: string): boolean =>
  schema instanceof z.ZodObject &&
  (schema.shape[name] instanceof z.ZodEnum || schema.shape[name] instanceof z.ZodLiteral)

const shownOf = (name: string, value: unknown, isByStaff: boolean): unknown => {
  // The entries of a digest have actors of their own.
  if (name === 'entries' && Array.isArray(value))
    return value.map((entry) => withoutTypedTexts(entry, z.never(), false))
  if (textsOfActor.has(name) && isByStaff) return typeof value === 'string' ? withoutQuotes(value) : value
  if (typeof value === 'string') return ownTexts.has(name) || isMade(name, value) ? value : withheld
  return Array.isArray(value) ? [] : typeof value === 'object' ? null : value
}

/**
 * The parameters of a mail without the texts that a customer may have typed. What is not known to be harmless is left
 * out, so a new parameter shows nothing before it is in one of the lists. `isByStaff`: a person of the staff, or the
 * program itself, did what the mail tells of.
 */
export const withoutTypedTexts = (parameters: unknown, schema: z.ZodType, isByStaff: boolean): unknown =>
  Object.fromEntries(
    Object.entries(Object(parameters)).map(([name, value]) => [
      name,
      isWord(schema, name) ? value : shownOf(name, value, isByStaff),
    ]),
  )

/** Says how to get the whole mails. */
const howToConfirm = (context: MailContext): string => {
  const page = forgottenPasswordPage(context)
  return say(context, {
    en:
      'Our mails leave out what you wrote, because nobody has confirmed this address yet. Please confirm it by the link ' +
      `in our welcome, or by setting your password anew: ${page}`,
    de:
      'Unsere Mails lassen weg, was Sie geschrieben haben, weil noch niemand diese Adresse bestätigt hat. Bitte ' +
      `bestätigen Sie sie über den Link in unserer Begrüßung oder indem Sie Ihr Passwort neu setzen: ${page}`,
  })
}

/** A text with three dots in place of what is left out. */
const dots = (text: string): string => text.replaceAll(withheld, '…')

/** A fact with three dots in place of a text that is left out. */
const dotted = ({ label, value }: Fact): Fact => ({ label, value: dots(value) })

/** What a mail tells, without the facts and the quote whose texts are left out, and whether there were any. */
export const withoutWithheldFacts = (filling: Filling): { filling: Filling; isCut: boolean } => {
  const isGone = (text: string): boolean => hasWithheld(text) || text === '–'
  const facts = filling.facts.filter(({ value }) => !isGone(value))
  const quote = filling.quote === null || isGone(filling.quote.text) ? null : filling.quote
  const groups = filling.groups?.map(
    ({ facts: [named, ...told], url }): FactGroup => ({ facts: [dotted(named), ...told.map(dotted)], url }),
  )
  const isCut =
    facts.length < filling.facts.length ||
    quote !== filling.quote ||
    (filling.groups ?? []).some((group) => group.facts.some(({ value }) => hasWithheld(value)))
  return { filling: { ...filling, facts, quote, ...(groups === undefined ? {} : { groups }) }, isCut }
}

/**
 * The letter without the words that are left out, whoever wrote its template. All mails of a ticket keep one subject.
 * `isCut`: something else was left out already.
 */
export const withoutWithheldWords = (letter: Letter, isCut: boolean, context: MailContext): Letter => {
  const shownBlock = (block: LetterBlock): LetterBlock =>
    block.kind === 'heading' || block.kind === 'paragraph' ? { ...block, text: dots(block.text) } : block
  const isShorter =
    isCut || hasWithheld(letter.subject) || letter.blocks.some((block) => 'text' in block && hasWithheld(block.text))
  const note: LetterBlock[] = isShorter ? [{ kind: 'paragraph', text: howToConfirm(context) }] : []
  return {
    subject: letter.subject.replaceAll(withheld, say(context, { en: 'Your ticket', de: 'Ihr Ticket' })),
    blocks: [...letter.blocks.map(shownBlock), ...note],
  }
}
