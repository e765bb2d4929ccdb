import { type Sql, sql } from '../../../platform/db/sql.ts'
import { isUnresolvedSql } from '../tickets/tickets.steps.ts'

/** The step that deletes all links of a ticket. */
export const deleteLinksStep = (tenantId: number, ticketNumber: number): Sql => sql`
  delete from ticket_links l
  where l.tenant_id = ${tenantId}
    and (l.ticket_number = ${ticketNumber}::bigint or l.other_number = ${ticketNumber}::bigint)`

/**
 * What makes `t` an open child of a ticket: `from` and `where` of a query. A child that is merged into another ticket
 * does not count.
 */
export const fromOpenChildrenOf = (tenantId: Sql, ticketNumber: Sql): Sql => sql`
  from ticket_links l
  join tickets t on t.tenant_id = l.tenant_id and t.ticket_number = l.ticket_number
  where l.tenant_id = ${tenantId} and l.other_number = ${ticketNumber} and l.kind = 'parent'
    and ${isUnresolvedSql} and t.deleted_at is null and t.merged_into_number is null`
