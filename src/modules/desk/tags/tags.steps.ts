import { type Sql, sql } from '../../../platform/db/sql.ts'

/** The step that counts a tag which a ticket got. */
export const countTagStep = (tenantId: number, tag: string): Sql => sql`
  insert into tags (tenant_id, tag, ticket_count) values (${tenantId}, ${tag}, 1)
  on conflict (tenant_id, tag) do update set ticket_count = tags.ticket_count + 1`

/**
 * The step that counts several tags which a new ticket got. The tags are locked in order, as in `uncountTagsSteps`.
 */
export const countTagsStep = (tenantId: number, tags: string[]): Sql => sql`
  insert into tags (tenant_id, tag, ticket_count)
  select ${tenantId}, g.tag, 1 from unnest(${tags}::text[]) as g (tag) order by g.tag collate "C"
  on conflict (tenant_id, tag) do update set ticket_count = tags.ticket_count + 1`

/** The step that counts a tag which a ticket lost. */
export const uncountTagStep = (tenantId: number, tag: string): Sql => sql`
  update tags set ticket_count = ticket_count - 1 where tenant_id = ${tenantId} and tag = ${tag}`

/**
 * The steps that count the tags which tickets lost; `tags` selects each tag once for each ticket. The tags are locked
 * in order, because the transaction that deletes or restores another ticket may lock some of the same.
 */
export const uncountTagsSteps = (tenantId: number, tags: Sql): Sql => sql`
  held_tags as (
    select g.tag from tags g
    where g.tenant_id = ${tenantId} and g.tag = any (array(${tags}))
    order by g.tag for update),
  uncounted_tags as (
    update tags g set ticket_count = g.ticket_count - lost.tickets
    from held_tags h join (select k.tag, count(*) as tickets from (${tags}) k (tag) group by k.tag) lost on lost.tag = h.tag
    where g.tenant_id = ${tenantId} and g.tag = h.tag)`

/** The step that counts the tags which tickets have again. As `uncountTagsSteps`. */
export const countTagsAgainStep = (tenantId: number, tags: Sql): Sql => sql`
  insert into tags (tenant_id, tag, ticket_count)
  select ${tenantId}::integer, k.tag, count(*) from (${tags}) k (tag) group by k.tag order by k.tag
  on conflict (tenant_id, tag) do update set ticket_count = tags.ticket_count + excluded.ticket_count`
