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
  .refine((address) => address.indexOf('@') <= 64, { error: 'the part before @ has at most 64 characters' })

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

/** A time with any ISO 8601 offset, or a day, as sent. */
export const timeShape = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a time such as 2026-11-26T09:30:00Z, or a day such as 2026-11-26',
  })
  .refine(isInCalendar, inCalendar)

/** The time of a filter: any ISO 8601 offset, or a day, which means its first moment in UTC. The output is in UTC. */
export const timeFilter = timeShape.transform(toUtc)

/** The moment after a day or a time. PostgreSQL knows no day after 9999-12-31 that is written with four digits. */
const momentAfterDay = (day: string): string =>
  day === '9999-12-31' ? 'infinity' : toUtc(new Date(Date.parse(day) + 86_400_000).toISOString())

/**
 * The end of a part of a time, which is not in it: any ISO 8601 offset; or a day, which is in it: the output is then the
 * first moment of the next day in UTC.
 */
export const endFilter = timeShape.transform((time) => (time.includes('T') ? toUtc(time) : momentAfterDay(time)))

/** A number in a query string. Only digits are accepted: `1e2`, `0x10` and ` 5` are refused. */
export const countParameter = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: 'must be a whole number' })
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

/**
 * A public number such as TKT0001 or TKT10000: at least four digits, and no leading zero when there are more, so each
 * number has exactly one spelling.
 */
export const publicId = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}(?:\\d{4}|[1-9]\\d{4,14})$`), { error: `must be like ${prefix}0001` })

/** The number in a public id. Rows are found and sorted by the number. */
export const numberOf = (id: string): number => Number(id.slice(3))

/** The body of a request that has none: `{}` or nothing. */
export const NoBody = z.strictObject({}).meta({ id: 'NoBody', description: '`{}`, or no body at all.', examples: [{}] })
