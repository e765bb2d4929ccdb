import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isUnresolvedSql } from '../tickets/tickets.steps.ts'

/** The columns of a link, in `ticket_links` and in `deleted_links`. */
export const linkColumns = sql`tenant_id, ticket_number, kind, other_number, created_at, created_by`

/**
 * The steps that set the links of tickets aside, for as long as one of the tickets is deleted; `numbers` are locked
 * tickets. The links are locked in order, because the transaction that deletes another ticket may lock some of the same.
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

/** The step that forgets the links of the tickets that `gone` selects: these tickets can no longer be restored. */
export const forgetLinksStep = (gone: Sql): Sql => sql`
  delete from deleted_links l using ${gone}
  where l.tenant_id = g.tenant_id and (l.ticket_number = g.ticket_number or l.other_number = g.ticket_number)`

/**
 * What makes `t` an open child of a ticket: `from` and `where` of a query. A child that is merged into another ticket
 * does not count.
 */
export const fromOpenChildrenOf = (tenantId: Sql, ticketNumber: Sql): Sql => sql`
  from ticket_links l
  join tickets t on t.tenant_id = l.tenant_id and t.ticket_number = l.ticket_number
  where l.tenant_id = ${tenantId} and l.other_number = ${ticketNumber} and l.kind = 'parent'
    and ${isUnresolvedSql} and t.deleted_at is null and t.merged_into_number is null`
