import { z } from 'zod'
import { many, sql } from '../../platform/db/sql.ts'
import type { World } from './people.ts'
import type { Desk } from './workspace.ts'

const RecordedEvent = z.object({
  type: z.string(),
  subject_id: z.string(),
  subject_version: z.int().nullable(),
  actor_id: z.string().nullable(),
  changes: z.record(z.string(), z.unknown()),
  details: z.record(z.string(), z.unknown()),
})
export type RecordedEvent = z.output<typeof RecordedEvent>

/** The events of a tenant in the order in which they were written; `like` is a pattern of SQL for their types. */
export const recordedEvents = (desk: Desk, { tenantId }: World, like = '%'): Promise<RecordedEvent[]> =>
  many(
    desk.app.pool,
    RecordedEvent,
    sql`select e.type, e.subject_id, e.subject_version, e.actor_id, e.changes, e.details from events e
        where e.tenant_id = ${tenantId} and e.type like ${like} order by e.event_id`,
  )
