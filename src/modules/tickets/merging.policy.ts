import { type Sql, sql } from '../../platform/db/sql.ts'
import type { User } from '../auth/actor.ts'
import type { Ticket } from './tickets.schemas.ts'

/** Who may merge a ticket into another, or undo it: admins, and its technician; it is asked of both. */
export const canMerge = (actor: User, ticket: Ticket): boolean =>
  actor.role === 'admin' || ticket.technician_id === actor.accountId

/**
 * The numbers of a ticket and of all that are merged into it, directly or through others, without deleted ones: a query
 * of one column, to be put in parentheses. All of them are tickets of one customer, a hundred at most.
 */
export const conversationOf = (tenantId: number, ticketNumber: number): Sql => sql`
  with recursive conversation (ticket_number) as (
    select ${ticketNumber}::bigint
    union
    select m.ticket_number from conversation c
    join tickets m on m.tenant_id = ${tenantId} and m.merged_into_number = c.ticket_number and m.deleted_at is null)
  select c.ticket_number from conversation c`
