import { type Sql, sql } from '../../../platform/db/sql.ts'
import { conversationAt, isUnresolvedSql } from '../tickets/tickets.steps.ts'

/** The step that deletes all links of a ticket. */
export const deleteLinksStep = (tenantId: number, ticketNumber: number): Sql => sql`
  delete from ticket_links l
  where l.tenant_id = ${tenantId}
    and (l.ticket_number = ${ticketNumber}::bigint or l.other_number = ${ticketNumber}::bigint)`

/**
 * What makes `t` an open child of a ticket that is not merged: `from` and `where` of a query. Children of the tickets that
 * are merged into the ticket count, too. A child that is merged stands for its final target, which may be the final
 * target of several children. A child that is merged into the ticket itself does not count.
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
