import { z } from 'zod'

/**
 * The most bytes of a page of a list, as JSON.
 * @internal Exported for its tests.
 */
export const pageBudget = 256_000

/** What a page has beside its rows: their name, and the cursor. */
const frameBytes = 1_000
/** What the other members of a row may take, when it is only estimated. */
const membersBytes = 3_000
/** The most bytes that a UTF-16 unit takes in JSON: a control character is written as \u0001. */
const unitBytes = 6

/** The member of a row of which a text was cut. */
export const Truncated = z
  .literal(true)
  .optional()
  .meta({
    description:
      'A text of this item was cut to its beginning, because the page would be larger than 256 kB. Read the item alone, ' +
      'or the list with a smaller `limit`, for the whole text.',
  })

/** A row of a page that has a budget. */
export type Fitted<Row> = Row & { truncated?: true }

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** All texts in a value. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

/** The same value with each text changed. A value without a changed text stays the same object. */
const mapTexts = (value: unknown, change: (text: string) => string): unknown => {
  if (typeof value === 'string') return change(value)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, member]) => [name, mapTexts(member, change)] as const)
  if (entries.every(([name, member]) => member === (value as Record<string, unknown>)[name])) return value
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
}

/**
 * How many bytes each text may take, so that all together take at most `budget`: short texts leave more to long ones.
 */
const shareOf = (sizes: number[], budget: number): number => {
  let left = budget
  const sorted = sizes.toSorted((one, other) => one - other)
  for (const [index, size] of sorted.entries()) {
    const share = left / (sorted.length - index)
    if (size > share) return Math.max(0, Math.floor(share))
    left -= size
  }
  return Number.POSITIVE_INFINITY
}

/** The first units of a text, without half a character (of a surrogate pair) at the end. */
const firstUnits = (text: string, units: number): string => {
  const last = text.charCodeAt(units - 1)
  const isHalf = last >= 0xd800 && last <= 0xdbff && units < text.length
  return text.slice(0, Math.max(0, isHalf ? units - 1 : units))
}

/**
 * The beginning of a text that takes at most `bytes` in JSON, without its quotes. It never ends in half a character.
 * @internal Exported for its test.
 */
export const beginningOf = (text: string, bytes: number): string => {
  let units = Math.min(text.length, bytes)
  for (;;) {
    const beginning = firstUnits(text, units)
    const size = jsonBytes(beginning) - 2
    if (size <= bytes) return beginning
    units = Math.min(units - 1, Math.floor((units * bytes) / size))
  }
}

/** Cuts the texts in some members of rows. The rows of which a text was cut say so. */
const cutIn = <Row extends object>(
  rows: Fitted<Row>[],
  members: (keyof Row)[],
  cut: (text: string) => string,
): Fitted<Row>[] =>
  rows.map((row) => {
    const changed = members.map((member) => [member, mapTexts(row[member], cut)] as const)
    if (changed.every(([member, value]) => value === row[member])) return row
    return { ...row, ...Object.fromEntries(changed), truncated: true }
  })

/**
 * Makes the rows of a page fit its budget, `pageBudget`. When they are larger, the long texts in `members` are cut to
 * their beginning, the longest first, and their rows say `truncated: true`. Rows that fit stay as they are.
 */
export const fitPage = <Row extends object>(rows: Row[], members: (keyof Row)[]): Fitted<Row>[] => {
  const textsOf = (all: Row[]): string[] => all.flatMap((row) => members.flatMap((member) => textsIn(row[member])))
  const lengths = textsOf(rows).map(({ length }) => length)
  const units = lengths.reduce((sum, length) => sum + length, 0)
  if (units * unitBytes + rows.length * membersBytes <= pageBudget) return rows
  // A text takes at least as many bytes as it has units. So most of what is too much is cut without looking at it.
  const most = shareOf(lengths, pageBudget)
  const shorter: Fitted<Row>[] = cutIn(rows, members, (text) => (text.length <= most ? text : firstUnits(text, most)))
  const total = frameBytes + jsonBytes(shorter)
  if (total <= pageBudget) return shorter
  const sizes = textsOf(shorter).map((text) => jsonBytes(text) - 2)
  // The mark of a row is part of the page.
  const others = total - sizes.reduce((sum, size) => sum + size, 0) + rows.length * ',"truncated":true'.length
  const share = shareOf(sizes, pageBudget - others)
  return cutIn(shorter, members, (text) => (text.length * unitBytes <= share ? text : beginningOf(text, share)))
}
