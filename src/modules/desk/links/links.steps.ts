import { type Sql, sql } from '../../../platform/db/sql.ts'
import { conversationAt, isUnresolvedSql } from '../tickets/tickets.steps.ts'

/** The columns of a link, in `ticket_links` and in `deleted_links`. */
export const linkColumns = sql`tenant_id, ticket_number, kind, other_number, created_at, created_by`

/**
 * The steps that set the links of tickets aside, for as long as one of the tickets is deleted; `numbers` are locked
 * tickets. The links are locked in order, because the transaction that deletes another ticket may lock some of the
 * same.
 */
export const setLinksAsideSteps = (tenantId: number, numbers: number[]): Sql => sql`
  held_links as (
    select l.* from ticket_links l
    where l.tenant_id = ${tenantId}
      and (l.ticket_number = any (${numbers}::bigint[]) or l.other_number = any (${numbers}::bigint[]))
    order by l.ticket_number, l.kind, l.other_number for update),
  unlinked as (
    delete from ticket_links l using held_links h
    where l.tenant_id = ${tenantId} and l.ticket_number = h.ticket_number and l.kind = h.kind
      and l.other_number = h.other_number
    returning l.*),
  set_aside as (
    insert into deleted_links (${linkColumns}) select ${linkColumns} from unlinked
    on conflict do nothing)`

/**
 * The step that forgets the links of the tickets `g` of `gone`: these tickets can no longer be restored. The links are
 * found by an index for each side, because with `or` PostgreSQL 15 would read them all.
 */
export const forgetLinksStep = (gone: Sql): Sql => sql`
  delete from deleted_links l where l.ctid = any (array(
    select o.ctid from ${gone} cross join lateral (
      select a.ctid from deleted_links a where a.tenant_id = g.tenant_id and a.ticket_number = g.ticket_number
      union all
      select b.ctid from deleted_links b where b.tenant_id = g.tenant_id and b.other_number = g.ticket_number) o))`

/**
 * What makes `t` an open child of a ticket that is not merged: `from` and `where` of a query. Children of the tickets
 * that are merged into the ticket count, too. A child that is merged stands for its final target, which may be the
 * final target of several children. A child that is merged into the ticket itself does not count.
 */
export const fromOpenChildrenOf = (tenantId: Sql, ticketNumber: Sql): Sql => sql`
  from (${conversationAt(tenantId, ticketNumber)}) parent
  cross join lateral (
    select l.ticket_number from ticket_links l
    where l.tenant_id = ${tenantId} and l.other_number = parent.ticket_number and l.kind = 'parent' offset 0) l
  cross join lateral (
    select coalesce(child.final_target_number, child.ticket_number) as number from tickets child
    where child.tenant_id = ${tenantId} and child.ticket_number = l.ticket_number and child.deleted_at is null
    limit 1) child
  cross join lateral (
    select t.* from tickets t where t.tenant_id = ${tenantId} and t.ticket_number = child.number limit 1) t
  where t.ticket_number <> ${ticketNumber} and ${isUnresolvedSql} and t.deleted_at is null`

/** The parents of a conversation: the final targets of the parents of its tickets, without the conversation itself. */
export const parentsOf = (tenantId: number, finalTarget: Sql): Sql => sql`
  select p.number
  from (${conversationAt(sql`${tenantId}`, finalTarget)}) c
  cross join lateral (
    select l.other_number from ticket_links l
    where l.tenant_id = ${tenantId} and l.ticket_number = c.ticket_number and l.kind = 'parent' limit 1) l
  cross join lateral (
    select coalesce(p.final_target_number, p.ticket_number) as number from tickets p
    where p.tenant_id = ${tenantId} and p.ticket_number = l.other_number and p.deleted_at is null limit 1) p
  where p.number <> ${finalTarget}`

/**
 * The children of a conversation: the final targets of the children of its tickets, without the conversation itself.
 */
export const childrenOf = (tenantId: number, finalTarget: Sql): Sql => sql`
  select k.number
  from (${conversationAt(sql`${tenantId}`, finalTarget)}) c
  cross join lateral (
    select l.ticket_number from ticket_links l
    where l.tenant_id = ${tenantId} and l.other_number = c.ticket_number and l.kind = 'parent' offset 0) l
  cross join lateral (
    select coalesce(k.final_target_number, k.ticket_number) as number from tickets k
    where k.tenant_id = ${tenantId} and k.ticket_number = l.ticket_number and k.deleted_at is null limit 1) k
  where k.number <> ${finalTarget}`
