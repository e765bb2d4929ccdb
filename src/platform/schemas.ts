import { z } from 'zod'
import { isStorable, storable } from '../contract/storable.ts'
import { readEmail } from './email-address.ts'
import { showsSomething } from './text-form.ts'

/**
 * Text in its one form: composed (Unicode NFC), and without white space at both ends. Its 1 to `max` characters are
 * counted as they are sent, because composing a longer text could take minutes, and again afterwards, because composed
 * text can be longer.
 */
const formed = (max: number, blank = 'must not be blank') =>
  z
    .string()
    .max(max, { abort: true })
    .normalize('NFC')
    .trim()
    .min(1, { error: blank, abort: true })
    .max(max)
    .refine(isStorable, storable)

const visible = { error: 'must have a character that can be seen' }

const anyLine = (max: number) =>
  formed(max).refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), { error: 'must be a single line' })

/** A single line of text without control characters, 1 to `max` characters. It must show something. */
export const line = (max: number) => anyLine(max).refine(showsSomething, visible)

/**
 * Text of several lines, 1 to `max` characters, which must show something. `blank`: what is said when there is none.
 */
export const text = (max: number, blank?: string) => formed(max, blank).refine(showsSomething, visible)

/**
 * An email address as it was typed, without white space at its ends: `local@host.tld`, at most 254 characters (RFC
 * 5321). `mailableForm` gives the form that is stored and mailed to.
 */
export const email = z
  .string()
  .max(254, { abort: true })
  .normalize('NFC')
  .trim()
  .regex(/^\s*[^\s@]+@[^\s@]+\s*$/, { error: 'must be an e-mail address such as cleo@example.com', abort: true })
  .superRefine((typed, context) => {
    const reading = readEmail(typed)
    if ('error' in reading) context.addIssue({ code: 'invalid_format', format: 'email', message: reading.error })
  })
  .meta({ description: 'The domain may be in Unicode: it is stored in punycode, and shown as typed.' })

/** A time in ISO 8601, UTC, with milliseconds. */
export const timestamp = z.iso.datetime()

/**
 * The address of an account that is there already. Beside all that `email` takes, its domain may be a name without a
 * dot, such as `localhost`: the first admin may have such an address.
 */
export const knownEmail = z
  .string()
  .max(254, { abort: true })
  .normalize('NFC')
  .trim()
  .regex(/^[^\s<>@]+@[^\s<>@]+$/, { error: 'must be an e-mail address such as cleo@example.com', abort: true })
  .refine(isStorable, storable)
  .meta({ description: 'The address of an account. Its domain may be in Unicode, or a name without a dot.' })

/**
 * The years that ISO 8601 and PostgreSQL both write with four digits. zod accepts 0000, but PostgreSQL has no such
 * year.
 */
const isInCalendar = (time: string): boolean => {
  const year = new Date(time).getUTCFullYear()
  return year >= 1 && year <= 9999
}
const inCalendar = { error: 'must be within the years 0001 to 9999 (UTC)' }

/** In UTC with milliseconds, because PostgreSQL refuses some offsets and long fractions that ISO 8601 allows. */
const toUtc = (time: string): string => new Date(time).toISOString()

/** A time that a client sends back, such as in a cursor. */
export const moment = timestamp.refine(isInCalendar, inCalendar).transform(toUtc)

const aTime = 'a time such as 2026-11-25T10:00:00+01:00 (write + as %2B in an address)'

/** What is wrong with a text that is neither a time nor a day. */
const notTimed = (text: string): string => {
  const [, day = '', time] = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?/.exec(text) ?? []
  if (day !== '' && !z.iso.date().safeParse(day).success) return 'must be a day that there is in the calendar'
  const isWithoutZone = time !== undefined && text === `${day}T${time}`
  return isWithoutZone ? `must say its time zone: be ${aTime}` : `must be a day or ${aTime}`
}

/** A time with any ISO 8601 offset, or a day, as sent. */
export const timeShape = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: ({ input }) => notTimed(typeof input === 'string' ? input : ''),
  })
  .refine(isInCalendar, inCalendar)

/** The time of a filter: any ISO 8601 offset, or a day, which means its first moment in UTC. The output is in UTC. */
export const timeFilter = timeShape.transform(toUtc)

/** The moment after a day or a time. PostgreSQL knows no day after 9999-12-31 that is written with four digits. */
const momentAfterDay = (day: string): string =>
  day === '9999-12-31' ? 'infinity' : toUtc(new Date(Date.parse(day) + 86_400_000).toISOString())

/**
 * The end of a part of a time, which is not in it: any ISO 8601 offset; or a day, which is in it: the output is then
 * the first moment of the next day in UTC.
 */
export const endFilter = timeShape.transform((time) => (time.includes('T') ? toUtc(time) : momentAfterDay(time)))

/** What is wrong with a text that is not 1 to 9 digits. A number of more digits, or below 0, is out of bounds. */
const notCounted = (min: number, max: number) => (issue: { input?: unknown }) => {
  const text = String(issue.input)
  if (/^-\d+$/.test(text)) return `must be at least ${min}`
  return /^\d+$/.test(text) ? `must be at most ${max}` : 'must be a whole number'
}

/** A number in a query string. Only digits are accepted: `1e2`, `0x10` and `+5` are refused. */
export const countParameter = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: notCounted(min, max) })
    .transform(Number)
    .pipe(z.int().min(min).max(max))

/** The entries of a list parameter, without white space at their ends. A comma at the end separates nothing. */
const entriesOf = (given: unknown): unknown => {
  const texts = Array.isArray(given) ? given : [given]
  return texts.flatMap((text) =>
    typeof text === 'string'
      ? text
          .trim()
          .replace(/(?<=[^,]),$/, '')
          .split(',')
          .map((entry) => entry.trim())
      : [text],
  )
}

/**
 * A list of 1 to `max` different entries in a query string: `a,b`, or `a` and `b` as two parameters of one name, or
 * both. An entry has no comma. The output has each entry once.
 */
export const listParameter = <S extends z.ZodType>(entry: S, max: number) =>
  z.preprocess(entriesOf, z.array(entry).min(1).max(max)).transform((entries) => [...new Set(entries)])

/** The search words of a query string. */
export const searchText = anyLine(200)

/** The form in which ids are stored and shown: the prefix, and at least four digits. */
const canonicalId = (prefix: string, digits: string): string => `${prefix}${digits.replace(/^0+/, '').padStart(4, '0')}`

/** A number of 1 to 15 digits, with or without zeros in front. */
const numberForm = '0{0,14}[1-9]\\d{0,14}'

/** The letters of a prefix, small or not. The form goes into the API document, where a pattern has no flags. */
const anyCase = (prefix: string): string =>
  [...prefix].map((letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`).join('')

/**
 * A public number such as TKT0001 or TKT10000, as people write it: `tkt1` and `1` are TKT0001, too, because the place
 * says what is numbered. The output has the one form in which ids are stored and shown.
 */
export const publicId = (prefix: string) =>
  z
    .string({
      error: ({ input }) => (input === undefined ? undefined : `must be an id such as ${prefix}0001, as text`),
    })
    .regex(new RegExp(`^(?:${anyCase(prefix)})?${numberForm}$`), { error: `must be an id such as ${prefix}0001` })
    .transform((id) => canonicalId(prefix, id.replace(/^\D+/, '')))

/**
 * Brings the id of something into its form where the place does not say of what: `tkt1` becomes TKT0001, when TKT is
 * one of the prefixes. Any other text, such as a sign-in name, stays as it is.
 */
export const withCanonicalId = (prefixes: string[]) => {
  const form = new RegExp(`^(${prefixes.join('|')})(${numberForm})$`, 'i')
  return (id: string): string => {
    const [, prefix, digits] = form.exec(id) ?? []
    return prefix === undefined || digits === undefined ? id : canonicalId(prefix.toUpperCase(), digits)
  }
}

/** The number in a public id. Rows are found and sorted by the number. */
export const numberOf = (id: string): number => Number(id.slice(3))

/** The body of a request that has none: `{}` or nothing. */
export const NoBody = z.strictObject({}).meta({ id: 'NoBody', description: '`{}`, or no body at all.', examples: [{}] })
