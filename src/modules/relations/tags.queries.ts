import { allOf, type Db, exec, many, planned, sql, type Tx } from '../../platform/db/sql.ts'
import { insertEventSql, type NewEvent } from '../../platform/events/events.ts'
import type { PageRequest } from '../../platform/paging.ts'
import { numberOf } from '../../platform/schemas.ts'
import type { Actor } from '../auth/actor.ts'
import { TagCount, type TagKey, type TagSort } from './tags.schemas.ts'

/**
 * Writes the tags of a ticket, which is locked, counts the one that came, and records the news. Nothing else of the ticket
 * changes, not even its time: a customer would learn from it that there was something.
 */
export const insertTag = (tx: Tx, ticketId: string, tags: string[], tag: string, news: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with tagged as (
          update tickets set tags = ${tags}
          where tenant_id = ${news.tenantId} and ticket_number = ${numberOf(ticketId)}),
        counted as (
          insert into tags (tenant_id, tag, ticket_count) values (${news.tenantId}, ${tag}, 1)
          on conflict (tenant_id, tag) do update set ticket_count = tags.ticket_count + 1)
        ${insertEventSql(news)}`,
  )

/** The same for the one that went. */
export const deleteTag = (tx: Tx, ticketId: string, tags: string[], tag: string, news: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with tagged as (
          update tickets set tags = ${tags}
          where tenant_id = ${news.tenantId} and ticket_number = ${numberOf(ticketId)}),
        counted as (
          update tags set ticket_count = ticket_count - 1 where tenant_id = ${news.tenantId} and tag = ${tag})
        ${insertEventSql(news)}`,
  )

/** No character comes after it. */
const last = '\u{10ffff}'

/** One more than `limit` of the tags that tickets have, those that begin with `q`, after the cursor's key. */
export const listTags = (
  db: Db,
  actor: Actor,
  q: string | undefined,
  sort: TagSort,
  { limit, after }: PageRequest<TagKey>,
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
  return many(db, TagCount, q === undefined ? statement : planned(statement))
}
