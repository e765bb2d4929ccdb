import { type Sql, sql } from '../../../platform/db/sql.ts'

/** Why a mail about a change that was taken back is not sent. */
export const undone = 'What it tells of has been undone.'

/**
 * A condition: the change of a mail was taken back. `told` has the `tenant_id`, the `ticket_id` of the mail and its
 * undo as `undo_id`; `undo` is the row of `undos`, or nothing. Rows of `undos` that nobody used are deleted after a
 * day.
 */
export const isUndone = (
  undo: Sql,
  { tenantId, ticketId, undoId }: { tenantId: Sql; ticketId: Sql; undoId: Sql },
): Sql =>
  sql`(case when ${undoId} is null then false when ${undo}.undo_id is not null then ${undo}.undone_at is not null
    else exists (
      select from events z
      where z.tenant_id = ${tenantId} and z.subject_id = ${ticketId} and z.type = 'ticket.change_undone'
        and z.details ->> 'undo_id' = ${undoId}::text) end)`
