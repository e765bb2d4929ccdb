import { z } from 'zod'
import { Page, pageQuery } from '../../platform/paging.ts'
import { line, timeFilter, timestamp } from '../../platform/schemas.ts'

/** What a change did to one member. */
const Change = z.object({ from: z.unknown(), to: z.unknown() })
export const ChangeList = z
  .record(z.string(), Change)
  .meta({ description: 'By member: what it was, and what it became.' })
export const Details = z.record(z.string(), z.unknown())

export const AuditEvent = z
  .object({
    position: z.int().meta({ description: "In the tenant's log: 1, 2, 3, without a gap." }),
    event_id: z.int(),
    type: z.string().meta({ description: 'Such as `ticket.assigned` or `sign_in.failed`.' }),
    subject_id: z.string().meta({
      description: 'The ticket or account that it is about; `-` when somebody signed in by a name that no account has.',
    }),
    subject_version: z.int().nullable(),
    actor_id: z.string().nullable().meta({ description: 'Null: the system, or somebody who is not signed in.' }),
    actor_name: z.string().nullable(),
    actor_role: z.enum(['admin', 'technician', 'customer', 'system']),
    changes: ChangeList,
    details: Details,
    request_id: z.string().nullable(),
    occurred_at: timestamp,
    erased: z.boolean().meta({ description: 'Whether its changes and details have been erased.' }),
    hash: z.string().meta({ description: 'Its link in the chain, in hexadecimal.' }),
  })
  .meta({ id: 'AuditEvent' })
export type AuditEvent = z.output<typeof AuditEvent>

/** The key of a cursor: when it happened, and its position. */
export type AuditKey = [string, number]

export const AuditQuery = z.strictObject({
  ...pageQuery,
  actor: line(100).optional().meta({ description: 'The id of an account, or `system`.' }),
  type: z
    .string()
    .regex(/^[a-z][a-z_.]{0,98}\*?$/, { error: 'must be a type of event, or the beginning of one and *' })
    .optional()
    .meta({ description: 'A type, such as `ticket.assigned`, or the beginning of some and `*`: `session.*`.' }),
  subject: line(100).optional().meta({ description: 'The id of a ticket or an account.' }),
  from: timeFilter.optional().meta({ description: 'At this moment or later.' }),
  to: timeFilter.optional().meta({ description: 'Before this moment.' }),
})
export type AuditFilter = Partial<Omit<z.output<typeof AuditQuery>, 'limit' | 'cursor'>>
export const AuditList = z.object({ events: z.array(AuditEvent), page: Page })

const HistoryActor = z.object({
  id: z
    .string()
    .nullable()
    .meta({ description: 'Null: an admin, when a customer asks; it is what they sign in with.' }),
  name: z.string(),
  role: z.enum(['admin', 'technician', 'customer']),
})

export const HistoryEntry = z
  .object({
    history_id: z.string().meta({ description: 'Opaque: neither its order nor its size says anything.' }),
    type: z.string().meta({ description: 'Such as `ticket.assigned` or `comment.edited`.' }),
    occurred_at: timestamp,
    actor: HistoryActor.nullable().meta({ description: 'Null: the system.' }),
    changes: ChangeList,
    details: Details,
  })
  .meta({ id: 'HistoryEntry' })
export type HistoryEntry = z.output<typeof HistoryEntry>

export const HistoryQuery = z.strictObject(pageQuery)
export const HistoryList = z.object({ history: z.array(HistoryEntry), page: Page })
