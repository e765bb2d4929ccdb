import { z } from 'zod'
import { isStorable } from '../contract/storable.ts'
import { isCancelled } from './db/connection-errors.ts'
import { AppError } from './errors.ts'
import { countParameter } from './schemas.ts'

/** The parameters of every list. */
export const pageQuery = {
  limit: countParameter(1, 100).optional().meta({ description: '1 to 100. Default: 25.' }),
  cursor: z.string().max(500).optional().meta({
    description:
      '`page.next_cursor` of the previous page. It is opaque, and valid with the same filters and order only.',
  }),
}

/** The end of a page of a list. */
export const Page = z
  .object({ next_cursor: z.string().nullable(), has_more: z.boolean() })
  .meta({ id: 'Page', description: 'The cursor of the next page.' })

/** The input of a list query: how many rows, and after which key. */
export interface PageRequest<Key> {
  limit: number
  after: Key | null
}

/** The output of a list query. */
export interface PageOf<Row> {
  rows: Row[]
  page: z.output<typeof Page>
}

const encode = (order: string, key: unknown): string => Buffer.from(JSON.stringify([order, key])).toString('base64url')

/** The database takes no text with NUL or half a surrogate pair. No cursor of a list has one. */
const refuseUnstorable = (_name: string, value: unknown): unknown => {
  if (typeof value === 'string' && !isStorable(value)) throw new AppError('invalid_cursor')
  return value
}

const decode = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString(), refuseUnstorable)
  } catch {
    return null
  }
}

/** The error for a text that is no cursor of the list, such as the cursor of another list. */
export const invalidCursor = (): AppError =>
  new AppError('invalid_cursor', {
    detail: 'Begin again without a cursor: a cursor belongs to one list, one order and one set of filters.',
  })

/**
 * Reads `limit` and `cursor`. A cursor has the name of its order and the key of the last row, so rows that are inserted
 * before that row do not shift the next page.
 * @throws AppError `invalid_cursor` when the text is not a cursor of this order.
 */
export const pageRequest = <S extends z.ZodType>(
  query: { limit?: number; cursor?: string },
  order: string,
  key: S,
): PageRequest<z.output<S>> => {
  const limit = query.limit ?? 25
  if (query.cursor === undefined) return { limit, after: null }
  const parsed = z.tuple([z.literal(order), key]).safeParse(decode(query.cursor))
  if (!parsed.success) throw invalidCursor()
  return { limit, after: parsed.data[1] as z.output<S> }
}

/** Removes the extra row that a list query reads beyond `limit`, and makes the cursor of the last row that is left. */
export const pageOf = <Row>(
  rows: Row[],
  { limit }: { limit: number },
  order: string,
  keyOf: (row: Row) => unknown,
): PageOf<Row> => {
  const kept = rows.slice(0, limit)
  const last = kept.at(-1)
  const hasMore = rows.length > limit
  return {
    rows: kept,
    page: { next_cursor: hasMore && last !== undefined ? encode(order, keyOf(last)) : null, has_more: hasMore },
  }
}

/** The end of a page of a list that looked at no more rows than up to a key, and may have more behind it. */
export const pageAfter = (order: string, key: unknown): z.output<typeof Page> => ({
  next_cursor: encode(order, key),
  has_more: true,
})

/**
 * Waits for the rows of a list that is marked by `withinTime`. `advice` is a sentence that names a filter that helps.
 * @throws AppError `query_too_broad` when the server cancelled the list.
 */
export const refuseTooBroad = async <T>(reading: Promise<T>, advice: string): Promise<T> => {
  try {
    return await reading
  } catch (error) {
    throw isCancelled(error) ? new AppError('query_too_broad', { detail: advice, cause: error }) : error
  }
}
