import type { components } from '../api/types.ts'

type Comment = components['schemas']['ListedComment']

/** Rows that are read from the newest on, page by page. */
export interface Stream<Row> {
  /** The newest first. */
  rows: Row[]
  /** The cursor of the next older page; null when all have been read. */
  cursor: string | null
}

/** What tells rows apart, and what orders them. */
export interface RowOf<Row> {
  id: (row: Row) => string
  at: (row: Row) => string
}

/** A text that was read to its end stays whole, when a large page has only its beginning again. */
const uncut = <Row>(there: Row | undefined, read: Row): Row => {
  const [whole, cut] = [there as Partial<Comment> | undefined, read as Partial<Comment>]
  if (!cut.truncated || whole === undefined || whole.truncated) return read
  return whole.edited_at === cut.edited_at ? { ...read, body: whole.body, truncated: undefined } : read
}

/** Joins rows that were read with those that are there. The newer reading counts; the newest comes first. */
export const joinRows = <Row>(there: readonly Row[], read: readonly Row[], { id, at }: RowOf<Row>): Row[] => {
  const rows = new Map(there.map((row) => [id(row), row]))
  for (const row of read) rows.set(id(row), uncut(rows.get(id(row)), row))
  return [...rows.values()].sort((one, two) => (at(one) < at(two) ? 1 : at(one) > at(two) ? -1 : 0))
}

/**
 * Joins the newest page, read again, with what is there: what is new comes in, and what the page has no more is gone.
 * `asked`: the ids of what was there when the page was asked for; what came in since stays. When the page meets nothing
 * of it, the pages between are missing: then only the newest stay, and older ones are read on demand.
 */
export const joinNewest = <Row>(
  there: Stream<Row>,
  newest: Stream<Row>,
  asked: ReadonlySet<string>,
  of: RowOf<Row>,
): Stream<Row> => {
  const read = new Set(newest.rows.map(of.id))
  const isWhole = newest.cursor === null
  const since = there.rows.filter((row) => !asked.has(of.id(row)))
  const meets = newest.rows.some((row) => asked.has(of.id(row)))
  if (!isWhole && !meets) return { rows: joinRows(since, newest.rows, of), cursor: newest.cursor }
  const last = newest.rows.at(-1)
  const from = isWhole || last === undefined ? '' : of.at(last)
  const isThere = (row: Row): boolean => read.has(of.id(row)) || !asked.has(of.id(row)) || of.at(row) <= from
  return { rows: joinRows(there.rows.filter(isThere), newest.rows, of), cursor: isWhole ? null : there.cursor }
}
