import { allOf, type Db, many, planEachTime, sql, withinTime } from '../../../platform/db/sql.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { TagCount, type TagKey, type TagSort } from './tags.schemas.ts'

/** The last character of Unicode: it sorts after all others. */
const last = '\u{10ffff}'

/** One more than `limit` of the tags in use, or of those that begin with `q`, after the cursor's key. */
export const listTags = (
  db: Db,
  actor: Actor,
  q: string | undefined,
  sort: TagSort,
  { limit, after }: PageRequest<TagKey>,
  timeoutMs: number,
): Promise<TagCount[]> => {
  const conditions = [sql`g.tenant_id = ${actor.tenantId}`, sql`g.ticket_count > 0`]
  if (q !== undefined) conditions.push(sql`g.tag >= ${q} and g.tag < ${q + last}`)
  if (after !== null) {
    const [count, tag] = after
    conditions.push(sort === 'tag' ? sql`g.tag > ${tag}` : sql`(-g.ticket_count, g.tag) > (${-count}::bigint, ${tag})`)
  }
  const order = sort === 'tag' ? sql`g.tag` : sql`-g.ticket_count, g.tag`
  const statement = sql`select g.tag, g.ticket_count from tags g
    where ${allOf(conditions)} order by ${order} limit ${limit + 1}`
  return many(db, TagCount, q === undefined ? statement : withinTime(planEachTime(statement), timeoutMs))
}
