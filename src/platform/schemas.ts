import { z } from 'zod'

/** PostgreSQL stores no NUL, and a lone surrogate is no Unicode text: both would fail or change later, so not at all. */
const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

const storable = { error: 'must be Unicode text without NUL bytes or lone surrogates' }

/** A single line of text, 1 to `max` characters as it is sent: no control characters, and space at its ends is cut off. */
export const line = (max: number) =>
  z
    .string()
    .max(max)
    .trim()
    .min(1)
    .refine(isStorable, storable)
    .refine((text) => !/[\p{Cc}\u2028\u2029]/u.test(text), { error: 'must be a single line' })

/** Text of several lines, stored as it is; 1 to `max` characters and not only space. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(isStorable, storable)
    .refine((value) => value.trim() !== '', { error: 'must not be blank' })

/** zod's own, but for the host's labels: they end in no dash and have at most 63 characters (RFC 1035, 2.3.1). */
const address =
  /^(?:[A-Za-z0-9_'+-]+\.)*[A-Za-z0-9_'+-]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/

/**
 * An e-mail address: plain ASCII `local@host.tld` (RFC 5321, without quoted local parts and comments, which parsers
 * read differently), at most 254 characters.
 */
export const email = z
  .email({ pattern: address })
  .max(254)
  .refine((address) => address.indexOf('@') <= 64, { error: 'the part before @ has at most 64 characters' })

/** A time in ISO 8601, UTC, with milliseconds. */
export const timestamp = z.iso.datetime()

/** The years that both ISO 8601 and PostgreSQL write with four digits; zod lets 0000 pass, PostgreSQL has no such year. */
const isInCalendar = (time: string): boolean => {
  const year = new Date(time).getUTCFullYear()
  return year >= 1 && year <= 9999
}
const inCalendar = { error: 'must be within the years 0001 to 9999 (UTC)' }

/** In UTC with milliseconds: PostgreSQL refuses some offsets, and a very long fraction, that ISO 8601 allows. */
const toUtc = (time: string): string => new Date(time).toISOString()

/** A time that came back from outside, such as in a cursor. */
export const moment = timestamp.refine(isInCalendar, inCalendar).transform(toUtc)

/** A time as a filter takes it: any ISO 8601 offset, or a day, which means its first moment in UTC. UTC from here on. */
export const timeFilter = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .refine(isInCalendar, inCalendar)
  .transform(toUtc)

/** A number in a query string: digits only, so that `1e2`, `0x10` and ` 5` are refused. */
export const countParameter = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: 'must be a whole number' })
    .transform(Number)
    .pipe(z.int().min(min).max(max))

/** Search words of a query string. */
export const searchText = line(200)

/**
 * A public number such as TKT0001 or TKT10000: at least four digits, no leading zero beyond that, so that each thing
 * has exactly one name.
 */
export const publicId = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}(?:\\d{4}|[1-9]\\d{4,14})$`), { error: `must be like ${prefix}0001` })

/** The number in a public id. Everything looks up and sorts by the number. */
export const numberOf = (id: string): number => Number(id.slice(3))

/** The body of a request that has none: `{}` or nothing. */
export const NoBody = z.strictObject({})
