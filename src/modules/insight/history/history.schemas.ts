import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { ChangeList, Details } from '../../../contract/event-parts.ts'
import { EventTypeName } from '../../../contract/events.ts'
import { Truncated } from '../../../platform/page-budget.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { timestamp } from '../../../platform/schemas.ts'

const HistoryActor = z.object({
  id: z
    .string()
    .nullable()
    .meta({ description: 'Null for an admin, when a customer asks: admins sign in with their id.' }),
  name: z.string(),
  role: Role,
})

export const HistoryEntry = z
  .object({
    history_id: z.string().meta({ description: 'Opaque: it says nothing about the order or the number of events.' }),
    ticket_id: z
      .string()
      .meta({ description: 'The ticket of the event: the ticket of the request, or one merged into it.' }),
    type: EventTypeName,
    occurred_at: timestamp,
    actor: HistoryActor.nullable().meta({ description: 'Null: the system.' }),
    changes: ChangeList,
    details: Details,
    names: z.record(z.string(), z.string()).meta({
      description:
        'The names, today, of the people whose ids are in `changes` and `details`, by id; of those whose names you may read.',
    }),
    truncated: Truncated,
  })
  .meta({ id: 'HistoryEntry' })
export type HistoryEntry = z.output<typeof HistoryEntry>

/** A minus in front: the latest first. */
export const HistorySort = z.enum(['occurred_at', '-occurred_at']).meta({
  id: 'HistorySort',
  description: '`occurred_at`: the oldest first. `-occurred_at`: the newest first.',
})
export type HistorySort = z.output<typeof HistorySort>

export const HistoryQuery = z.strictObject({
  ...pageQuery,
  sort: HistorySort.optional().meta({ description: '`occurred_at` when left out.', examples: ['-occurred_at'] }),
})
export const HistoryList = z.object({ history: z.array(HistoryEntry), page: Page }).meta({ id: 'HistoryList' })
