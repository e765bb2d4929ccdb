import { type Sql, sql } from '../../../platform/db/sql.ts'

/** A condition on a ticket `t`: a mail about the ticket was not sent. */
export const hasFailedMail: Sql = sql`t.ticket_id in (
  select m.ticket_id from emails m where m.tenant_id = t.tenant_id and m.state = 'failed' and m.ticket_id is not null)`
