import { z } from 'zod'
import { Priority, Status } from '../../../contract/enums.ts'
import { timestamp } from '../../../platform/schemas.ts'

/** The longest time, in seconds, that somebody may keep the right to take a change back. */
const undoSecondsAtMost = 30

/** The member of a request that wants to be taken back. */
export const undoSeconds = z
  .int()
  .min(0)
  .max(undoSecondsAtMost)
  .optional()
  .meta({
    description:
      'How long you may take this back with `POST /undo`: the answer then has an `undo_token`. Mails about it wait until ' +
      'the time is over. 0, or left out: not at all. No longer than the setting `undo_seconds`, which may be 0.',
  })

/** The members of an answer to a request with `undo_seconds`, when the request changed anything. */
export const undoMembers = {
  undo_token: z.string().optional().meta({
    description: 'Send it to `POST /undo` to take the change back. It works once, for you only.',
  }),
  undo_until: timestamp.optional().meta({ description: 'Until when the change can be taken back.' }),
}
/** What the answer says about the undo: nothing when there is none. */
export interface UndoOffer {
  undo_token?: string | undefined
  undo_until?: string | undefined
}

/** The members of a ticket before a change. The description is there when the change touched it. */
export const MembersBefore = z.object({
  technician_id: z.string().nullable(),
  status: Status,
  priority: Priority,
  issue_category: z.string(),
  subject: z.string(),
  issue_description: z.string().optional(),
  resolution_summary: z.string().nullable(),
  close_reason: z.string().nullable(),
  resolved_date: timestamp.nullable(),
  closed_date: timestamp.nullable(),
  first_response_at: timestamp.nullable(),
})
export type MembersBefore = z.output<typeof MembersBefore>

/** A change that may be taken back, and what became of it until the moment of reading. */
export const Undo = z.object({
  ticket_id: z.string(),
  asked_id: z.string(),
  version: z.int(),
  last_event_id: z.int(),
  before: MembersBefore,
  comment_id: z.uuid().nullable(),
  is_undone: z.boolean(),
  is_over: z.boolean(),
})
export type Undo = z.output<typeof Undo>
