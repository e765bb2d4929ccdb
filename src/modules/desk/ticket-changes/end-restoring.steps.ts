import { type Sql, sql } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { countedSetting } from '../../identity/tenants/tenant-settings.steps.ts'
import { deletedSince, isDue } from '../tickets/deleted-tickets.steps.ts'

/**
 * The steps that end the time to restore tickets, of all tenants that are not suspended: of at most `limit`
 * tickets that are due.
 * `deletedDays`: for tenants that have not chosen. The step `g` has the tickets. Each gets an event; `files` is an
 * expression for the number of its files.
 */
export const endRestoringSteps = (deletedDays: number, limit: number, files: Sql): Sql => sql`
  due as materialized (
    select t.tenant_id, t.ticket_number from tenants n
    cross join lateral (
      select t.tenant_id, t.ticket_number from tickets t
      where t.tenant_id = n.tenant_id and t.deleted_at is not null and t.gone_at is null
        and ${isDue(countedSetting(sql`n`, 'deleted_days', deletedDays))}
      order by ${deletedSince} limit ${limit} for no key update skip locked) t
    where n.state = 'active'
    limit ${limit}),
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
