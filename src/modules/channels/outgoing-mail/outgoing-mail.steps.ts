import { type Sql, sql } from '../../../platform/db/sql.ts'

/** A condition on a ticket `t`: a mail about the ticket was not sent. */
export const hasFailedMail: Sql = sql`t.ticket_id in (
  select m.ticket_id from emails m where m.tenant_id = t.tenant_id and m.state = 'failed' and m.ticket_id is not null)`

/** A condition on an event `e`: a mail of the event was handed over, or captured because there is no mail server. */
export const hasSentMail: Sql = sql`exists (
  select from emails m
  where m.tenant_id = e.tenant_id and m.event_id = e.event_id and m.state in ('sent', 'captured'))`
