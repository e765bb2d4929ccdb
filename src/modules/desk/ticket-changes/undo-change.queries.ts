import { exec, nothing, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { MembersBefore } from '../tickets/undoable.schemas.ts'

/** Writes the members that a locked ticket had before, and the event. The version goes on when the event has one. */
export const restoreMembers = (tx: Tx, ticketId: string, before: MembersBefore, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with restored as (
          update tickets set
            technician_id = ${before.technician_id},
            status = ${before.status},
            priority = ${before.priority},
            issue_category = ${before.issue_category},
            subject = ${before.subject},
            ${before.issue_description === undefined ? nothing : sql`issue_description = ${before.issue_description},`}
            resolution_summary = ${before.resolution_summary},
            close_reason = ${before.close_reason},
            resolved_date = ${before.resolved_date}::timestamptz,
            closed_date = ${before.closed_date}::timestamptz,
            first_response_at = ${before.first_response_at}::timestamptz,
            updated_at = now(),
            version = version + ${event.subjectVersion === null ? 0 : 1}::integer
          where tenant_id = ${event.tenantId} and ticket_number = ${numberOf(ticketId)})
        ${appendEvents([event])}`,
  )
