import { type Sql, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Reply } from '../tickets/replies.policy.ts'

/**
 * The step that notes public comments on their locked tickets: the time, and the first response. The tickets are found
 * by their numbers alone: where most tenants are small, a join would read all of the tenant.
 */
export const noteRepliesStep = (tenantId: number, replies: Reply[]): Sql => {
  const numbers = replies.map(({ ticketId }) => numberOf(ticketId))
  return sql`
    replied as (
      update tickets t set updated_at = now(),
        first_response_at = case when r.is_response then coalesce(t.first_response_at, now())
          else t.first_response_at end
      from unnest(${numbers}::bigint[], ${replies.map(({ isResponse }) => isResponse)}::boolean[])
        as r (ticket_number, is_response)
      where t.tenant_id = ${tenantId} and t.ticket_number = any (${numbers}::bigint[])
        and t.ticket_number = r.ticket_number)`
}
