import { type Sql, sql } from '../../../platform/db/sql.ts'
import { usageCounts } from '../../identity/tenants/tenants.schemas.ts'

/** A condition on a ticket `t`: a mail about the ticket, or about a ticket that is merged into it, was not sent. */
export const hasFailedMail: Sql = sql`t.ticket_id in (
  select n.ticket_id from emails m
  left join tickets k on k.tenant_id = m.tenant_id and k.ticket_number = substr(m.ticket_id, 4)::bigint
    and k.deleted_at is null
  cross join lateral (values (m.ticket_id), (public_id('TKT', k.final_target_number))) n (ticket_id)
  where m.tenant_id = t.tenant_id and m.state = 'failed' and m.ticket_id is not null)`

/** A condition on an event `e`: a mail of the event was handed over, or captured because there is no mail server. */
export const hasSentMail: Sql = sql`exists (
  select from emails m
  where m.tenant_id = e.tenant_id and m.event_id = e.event_id and m.state in ('sent', 'captured'))`

/**
 * How many mails of a tenant `t` wait, up to a bound. The order makes the database follow the index of waiting mails:
 * where most mails are of one tenant, it would read the table for each tenant of a list.
 */
export const mailsWaitingOf: Sql = sql`(
  select count(*) from (
    select from emails m
    where m.tenant_id = t.tenant_id and m.state in ('queued', 'deferred')
    order by m.due_at, m.event_id limit ${usageCounts.rows}) m)`
