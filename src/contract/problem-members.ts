import { z } from 'zod'
import { ExceededLimit, Status } from './enums.ts'
import type { ErrorCode } from './error-codes.ts'
import { EventTypeName } from './events.ts'

/** The change of one field that a caller has not read. */
const ChangedField = z.object({ field: z.string(), by: z.string(), version: z.int() })

/** What happened on a ticket since a change that cannot be undone any more, as far as the caller may read it. */
const Since = z.object({
  type: EventTypeName,
  actor_id: z.string().nullable(),
  actor_name: z.string().nullable(),
  occurred_at: z.iso.datetime(),
  fields: z.array(z.string()),
})

/**
 * The members that the problem of a code has beside those of every problem. The API document has a schema for each of
 * these codes, and every problem in the tests is held against it.
 */
export const problemMembers: Partial<Record<ErrorCode, z.ZodRawShape>> = {
  stale_version: { current_version: z.int(), changed: z.array(ChangedField), overlaps: z.boolean() },
  undo_changed: { since: z.array(Since) },
  illegal_transition: { from: Status, to: Status },
  ticket_closed: { follow_up_of: z.string().optional(), from: Status.optional(), to: Status.optional() },
  ticket_merged: { merged_into: z.string() },
  merge_target_merged: { merged_into: z.string() },
  quota_exceeded: { quota: z.string(), limit: z.int(), ends_at: z.iso.datetime() },
  second_factor_required: { challenge: z.string(), expires_in: z.int() },
  second_factor_blocked: { ends_at: z.iso.datetime() },
  rate_limited: { exceeded: ExceededLimit, ends_at: z.iso.datetime() },
  unavailable: { away: z.array(z.string()).optional() },
}
