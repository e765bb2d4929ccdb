import type { ActorRole, Visibility } from '../../../contract/enums.ts'
import type { EventType } from '../../../contract/events.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { type EventKeys, eventsOfBatch } from '../../../platform/events/fan-out.ts'

/** Where the events come from whose recipients are looked for. */
export interface EventSource {
  /** What to select from: the events, as `e`. */
  events: Sql
  /** What to join: the comments that these events may be about. */
  comments: Sql
}

/** The events of a batch of the fan-out. */
export const eventsOf = (batch: EventKeys): EventSource => ({
  events: eventsOfBatch(batch),
  comments: sql`comments`,
})

/** A comment that nobody has written yet. It mentions nobody. */
export interface ImaginedComment {
  tenantId: number
  ticketId: string
  /** The final target, when the ticket is merged. */
  mergedInto: string | null
  visibility: Visibility
  authorId: string
  authorRole: ActorRole
}

const imaginedId = '00000000-0000-0000-0000-000000000000'
const type: EventType = 'comment.added'

/**
 * The event of a comment that nobody has written yet, as if it were written now: so who would be told of it is found by
 * the same steps as who is told.
 */
export const eventOfImagined = (comment: ImaginedComment): EventSource => {
  const { tenantId, ticketId, mergedInto, visibility, authorId, authorRole } = comment
  const details = {
    comment_id: imaginedId,
    visibility,
    ...(mergedInto === null ? {} : { merged_into: mergedInto }),
  }
  return {
    events: sql`(
      select ${tenantId}::integer as tenant_id, null::bigint as event_id, null::bigint as position, ${type}::text as type,
        ${ticketId}::text as subject_id, null::integer as subject_version, ${authorId}::text as actor_id,
        ${authorRole}::text as actor_role, false as quiet, now() as occurred_at, '{}'::jsonb as changes,
        ${JSON.stringify(details)}::jsonb as details) e`,
    comments: sql`(
      select ${tenantId}::integer as tenant_id, ${imaginedId}::uuid as comment_id, ${visibility}::text as visibility,
        null::uuid as in_reply_to, null::timestamptz as deleted_at)`,
  }
}
