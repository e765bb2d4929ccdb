import { z } from 'zod'
import { isStorable, storable } from '../contract/storable.ts'

/** A single line of text without control characters, 1 to `max` characters as sent. Space at its ends is removed. */
export const line = (max: number) =>
  z
    .string()
    .max(max)
    .trim()
    .min(1)
    .refine(isStorable, storable)
    .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), { error: 'must be a single line' })

/** Text of several lines, 1 to `max` characters and not only space. It is stored as sent. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(isStorable, storable)
    .refine((value) => value.trim() !== '', { error: 'must not be blank' })

/**
 * The pattern of zod, but stricter about the host: its labels do not end in a dash and have at most 63 characters
 * (RFC 1035, 2.3.1).
 */
const address =
  /^(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/

/**
 * An email address: plain ASCII `local@host.tld`, at most 254 characters (RFC 5321). Quoted local parts and comments are
 * refused, because parsers read them differently.
 */
export const email = z
  .email({ pattern: address })
  .max(254)
  .refine((address) => address.indexOf('@') <= 64, { error: 'must have at most 64 characters before the @' })

/** A time in ISO 8601, UTC, with milliseconds. */
export const timestamp = z.iso.datetime()

/**
 * The years that ISO 8601 and PostgreSQL both write with four digits. zod accepts 0000, but PostgreSQL has no such year.
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

/** The time of a filter: any ISO 8601 offset, or a day, which means its first moment in UTC. The output is in UTC. */
export const timeFilter = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a day or a time such as 2026-11-25T10:00:00+01:00 (write + as %2B in an address)',
  })
  .refine(isInCalendar, inCalendar)
  .transform(toUtc)

/** What is wrong with a text that is not 1 to 9 digits. A number of more digits, or below 0, is out of bounds. */
const notCounted = (min: number, max: number) => (issue: { input?: unknown }) => {
  const text = String(issue.input)
  if (/^-\d+$/.test(text)) return `must be at least ${min}`
  return /^\d+$/.test(text) ? `must be at most ${max}` : 'must be a whole number'
}

/** A number in a query string. Only digits are accepted: `1e2`, `0x10` and ` 5` are refused. */
export const countParameter = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: notCounted(min, max) })
    .transform(Number)
    .pipe(z.int().min(min).max(max))

/** The entries of a list parameter. A comma at the end separates nothing. */
const entriesOf = (given: unknown): unknown => {
  const texts = Array.isArray(given) ? given : [given]
  return texts.flatMap((text) => (typeof text === 'string' ? text.replace(/(?<=[^,]),$/, '').split(',') : [text]))
}

/**
 * A list of 1 to `max` different entries in a query string: `a,b`, or `a` and `b` as two parameters of one name, or both.
 * An entry has no comma. The output has each entry once.
 */
export const listParameter = <S extends z.ZodType>(entry: S, max: number) =>
  z.preprocess(entriesOf, z.array(entry).min(1).max(max)).transform((entries) => [...new Set(entries)])

/** The search words of a query string. */
export const searchText = line(200)

/** The form in which ids are stored and shown: the prefix, and at least four digits. */
const canonicalId = (prefix: string, digits: string): string => `${prefix}${digits.replace(/^0+/, '').padStart(4, '0')}`

/** A number of 1 to 15 digits, with or without zeros in front. */
const numberForm = '0{0,14}[1-9]\\d{0,14}'

/** The letters of a prefix, small or not. The form goes into the API document, where a pattern has no flags. */
const anyCase = (prefix: string): string =>
  [...prefix].map((letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`).join('')

/**
 * A public number such as TKT0001 or TKT10000, as people write it: `tkt1` and `1` are TKT0001, too, because the place says
 * what is numbered. The output has the one form in which ids are stored and shown.
 */
export const publicId = (prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^(?:${anyCase(prefix)})?${numberForm}$`), { error: `must be an id such as ${prefix}0001` })
    .transform((id) => canonicalId(prefix, id.replace(/^\D+/, '')))

/**
 * Brings the id of something into its form where the place does not say of what: `tkt1` becomes TKT0001, when TKT is one
 * of the prefixes. Any other text, such as a sign-in name, stays as it is.
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
