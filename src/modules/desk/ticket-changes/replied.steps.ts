import { type Sql, sql } from '../../../platform/db/sql.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Reply } from '../tickets/replies.policy.ts'

/**
 * The step `replied`: writes what public comments note on locked tickets. The first comment of the staff is the first
 * response.
 */
export const repliedStep = (tenantId: number, replies: Reply[]): Sql => sql`
  replied as (
    update tickets t set updated_at = now(),
      first_response_at = case when r.is_response then coalesce(t.first_response_at, now()) else t.first_response_at end
    from unnest(${replies.map(({ ticketId }) => numberOf(ticketId))}::bigint[],
      ${replies.map(({ isResponse }) => isResponse)}::boolean[]) as r (ticket_number, is_response)
    where t.tenant_id = ${tenantId} and t.ticket_number = r.ticket_number)`
