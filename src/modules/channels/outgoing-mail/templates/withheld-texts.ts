import { isIP } from 'node:net'
import { z } from 'zod'
import { type Fact, type FactGroup, forgottenPasswordPage, type Letter, type MailContext } from './letter.ts'

// A mail to a customer whose address nobody has confirmed. A stranger may have registered the address of somebody else,
// so the mail has no text that the account could have typed: else the desk would mail the stranger's words to anyone.

/** Stands for a text that is left out. A character for private use, so it is no text of the desk's own. */
const withheld = '\uE000'

/**
 * Parameters whose texts are the program's own or the staff's, whoever acted, and the address that the mail goes to. Of
 * a `user_agent` templates show words of ours only.
 */
const ownTexts = new Set([
  'ticket_id',
  'merged_ticket_id',
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
const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

/** Ids of rows, times, and network addresses, where nothing else stands: nobody types them. */
const isMade = (name: string, text: string): boolean =>
  (name.endsWith('_id') && uuid.test(text)) ||
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
const howToConfirm = (context: MailContext): string =>
  'Our mails leave out what you wrote, because nobody has confirmed this address yet. Please confirm it by the link in ' +
  `our welcome, or by setting your password anew: ${forgottenPasswordPage(context)}`

/** A fact with three dots in place of a text that is left out. */
const dotted = ({ label, value }: Fact): Fact => ({ label, value: value.replaceAll(withheld, '…') })

/** The letter without the places whose texts are left out. All mails of a ticket keep one subject. */
export const withoutWithheld = (letter: Letter, context: MailContext): Letter => {
  const isGone = (text: string): boolean => text.includes(withheld) || text === '–'
  const facts = letter.facts.filter(({ value }) => !isGone(value))
  const quote = letter.quote === null || isGone(letter.quote.text) ? null : letter.quote
  const groups = letter.groups?.map(
    ({ facts: [named, ...told], url }): FactGroup => ({
      facts: [dotted(named), ...told.map(dotted)],
      url,
    }),
  )
  const isCut =
    facts.length < letter.facts.length ||
    quote !== letter.quote ||
    letter.subject.includes(withheld) ||
    (letter.groups ?? []).some((group) => group.facts.some(({ value }) => value.includes(withheld)))
  return {
    ...letter,
    subject: letter.subject.replaceAll(withheld, 'Your ticket'),
    heading: letter.heading.replaceAll(withheld, '…'),
    paragraphs: letter.paragraphs.map((text) => text.replaceAll(withheld, '…')),
    facts,
    ...(groups === undefined ? {} : { groups }),
    quote,
    notes: [...letter.notes.map((text) => text.replaceAll(withheld, '…')), ...(isCut ? [howToConfirm(context)] : [])],
  }
}
