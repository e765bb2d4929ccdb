import { z } from 'zod'
import { AppError } from './errors.ts'
import { countParameter } from './schemas.ts'

/** The parameters of every list. */
export const pageQuery = {
  limit: countParameter(1, 100).optional().meta({ description: '1 to 100, 25 when left out.' }),
  cursor: z
    .string()
    .max(500)
    .optional()
    .meta({ description: '`page.next_cursor` of the page before. Opaque; it belongs to the same filters and order.' }),
}

export const Page = z
  .object({ next_cursor: z.string().nullable(), has_more: z.boolean() })
  .meta({ id: 'Page', description: 'Where the list goes on.' })

/** What a list query needs: how many, and after which key. */
export interface PageRequest<Key> {
  limit: number
  after: Key | null
}

/** What a list query gives. */
export interface PageOf<Row> {
  rows: Row[]
  page: z.output<typeof Page>
}

const encode = (order: string, key: unknown): string => Buffer.from(JSON.stringify([order, key])).toString('base64url')

const decode = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return null
  }
}

/**
 * Reads `limit` and `cursor`. A cursor holds the name of its order and the key of the last row: it stays right while
 * rows are inserted before it.
 * @throws AppError `invalid_cursor` when it is not a cursor of this order.
 */
export const pageRequest = <S extends z.ZodType>(
  query: { limit?: number; cursor?: string },
  order: string,
  key: S,
): PageRequest<z.output<S>> => {
  const limit = query.limit ?? 25
  if (query.cursor === undefined) return { limit, after: null }
  const parsed = z.tuple([z.literal(order), key]).safeParse(decode(query.cursor))
  if (!parsed.success) throw new AppError('invalid_cursor')
  return { limit, after: parsed.data[1] as z.output<S> }
}

/** Cuts the one row more than `limit` that a list query asks for, and makes the cursor of the last one kept. */
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
