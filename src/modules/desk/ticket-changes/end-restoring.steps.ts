import { type Sql, sql } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { deletedSince, isDue } from '../tickets/deleted-tickets.steps.ts'

/**
 * The steps that end the time to restore tickets, of all tenants that are not suspended: of at most `limit` tickets that are due, the longest
 * due first. The step `g` has them. Each gets an event; `files` is an expression for the number of its files.
 */
export const endRestoringSteps = (deletedDays: number, limit: number, files: Sql): Sql => sql`
  due as materialized (
    select t.tenant_id, t.ticket_number from tickets t
    join tenants n on n.tenant_id = t.tenant_id and n.state = 'active'
    where t.deleted_at is not null and t.gone_at is null and ${isDue(deletedDays)}
    order by ${deletedSince} limit ${limit} for no key update of t skip locked),
  g as (
    update tickets t set gone_at = now() from due d
    where t.tenant_id = d.tenant_id and t.ticket_number = d.ticket_number
    returning t.tenant_id, t.ticket_number, t.ticket_id),
  told as (${appendEventsFrom({
    tenantId: sql`g.tenant_id`,
    type: 'ticket.files_removed',
    subjectId: sql`g.ticket_id`,
    actorId: sql`null::text`,
    actorRole: sql`'system'`,
    details: { files },
    requestId: sql`null::text`,
    from: sql`from g order by g.tenant_id, g.ticket_number`,
  })})`
