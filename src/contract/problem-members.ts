import { z } from 'zod'
import { ExceededLimit, Status } from './enums.ts'
import type { ErrorCode } from './error-codes.ts'
import { EventTypeName } from './events.ts'

/** The change of one field that a caller has not read. */
const ChangedField = z.object({
  field: z.string(),
  by: z
    .string()
    .nullable()
    .meta({
      description: 'Who did it, `system` for the program; null for an admin, to customers.',
      examples: ['TEC0001'],
    }),
  version: z.int(),
})

/** What happened on a ticket since a change that cannot be undone any more, as far as the caller may read it. */
const Since = z.object({
  type: EventTypeName,
  actor_id: z
    .string()
    .nullable()
    .meta({
      description: 'Who did it; null for the system, and for an admin, to customers.',
      examples: ['TEC0001'],
    }),
  actor_name: z.string().nullable(),
  occurred_at: z.iso.datetime().meta({ description: 'When it happened.', examples: ['2026-11-01T09:30:00.000Z'] }),
  fields: z.array(z.string()).meta({ description: 'The members that it changed.', examples: [['status']] }),
})

/**
 * The members that the problem of a code has beside those of every problem. The API document has a schema for each of
 * these codes, and every problem in the tests is held against it.
 */
export const problemMembers: Partial<Record<ErrorCode, z.ZodRawShape>> = {
  stale_version: { current_version: z.int(), changed: z.array(ChangedField), overlaps: z.boolean() },
  already_resolved: { current_version: z.int() },
  undo_changed: {
    since: z.array(Since).meta({ description: 'What happened since, as far as you may read it: five events at most.' }),
  },
  illegal_transition: { from: Status, to: Status },
  ticket_closed: { follow_up_of: z.string().optional(), from: Status.optional(), to: Status.optional() },
  ticket_merged: { merged_into: z.string() },
  merge_target_merged: { merged_into: z.string() },
  quota_exceeded: { quota: z.string(), limit: z.int(), ends_at: z.iso.datetime() },
  second_factor_required: { challenge: z.string(), expires_in: z.int() },
  second_factor_blocked: { ends_at: z.iso.datetime() },
  rate_limited: { exceeded: ExceededLimit, ends_at: z.iso.datetime() },
  log_forked: { fork: z.string().nullable(), epoch: z.string() },
  unavailable: { away: z.array(z.string()).optional() },
}
