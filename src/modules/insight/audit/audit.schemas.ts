import { z } from 'zod'
import { ActorRole } from '../../../contract/enums.ts'
import { ChangeList, Details } from '../../../contract/event-parts.ts'
import { eventTypePattern } from '../../../contract/event-type-pattern.ts'
import { EventTypeName } from '../../../contract/events.ts'
import { Truncated } from '../../../platform/page-budget.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { endFilter, line, timeFilter, timestamp, withCanonicalId } from '../../../platform/schemas.ts'

/** An event as it is read. */
export const AuditRow = z.object({
  position: z.int().meta({ description: "The event's place in the tenant's log: 1, 2, 3, without a gap." }),
  event_id: z.int().meta({ description: 'The same as `position`.' }),
  type: EventTypeName,
  subject_id: z.string().meta({
    description:
      'The id of the ticket or account that the event is about; `-` for a sign-in with a name that no account has, and ' +
      'for what concerns the tenant itself.',
  }),
  subject_version: z.int().nullable(),
  actor_id: z.string().nullable().meta({ description: 'Null: the system, or a caller who is not signed in.' }),
  actor_name: z.string().nullable(),
  actor_role: ActorRole,
  changes: ChangeList,
  details: Details,
  request_id: z.string().nullable(),
  occurred_at: timestamp,
  erased: z.boolean().meta({ description: "Whether the event's changes and details have been erased." }),
  hash: z.string().meta({ description: 'The hash of the event in the chain, in hexadecimal.' }),
  truncated: Truncated,
})
export type AuditRow = z.output<typeof AuditRow>

export const AuditEvent = AuditRow.extend({
  names: z.record(z.string(), z.string()).meta({
    description: 'The names, today, of the people whose ids are in the subject, the changes and the details, by id.',
  }),
}).meta({ id: 'AuditEvent' })
export type AuditEvent = z.output<typeof AuditEvent>

/** The key of a cursor: when the event happened, and its position. */
export type AuditKey = [string, number]

export const AuditQuery = z.strictObject({
  ...pageQuery,
  actor: line(100)
    .transform(withCanonicalId(['CUS', 'TEC', 'SVC']))
    .optional()
    .meta({ description: 'The id of an account, or `system`.', examples: ['dana'] }),
  type: eventTypePattern()
    .optional()
    .meta({
      description: 'A type, such as `ticket.assigned`, or the beginning of types and `*`: `session.*`.',
      examples: ['ticket.*'],
    }),
  subject: line(100)
    .transform(withCanonicalId(['TKT', 'CUS', 'TEC', 'SVC', 'WHK', 'PRD', 'ORD']))
    .optional()
    .meta({ description: 'The id of a ticket, an account, a webhook, a product or an order.', examples: ['TKT0185'] }),
  from: timeFilter.optional().meta({ description: 'At this moment or later.', examples: ['2026-11-01'] }),
  to: endFilter
    .optional()
    .meta({ description: 'Before this moment, or until the end of this day.', examples: ['2026-11-30'] }),
})
export type AuditFilter = Partial<Omit<z.output<typeof AuditQuery>, 'limit' | 'cursor'>>
export const AuditList = z.object({ events: z.array(AuditEvent), page: Page }).meta({ id: 'AuditEventList' })
