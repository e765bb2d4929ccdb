import { z } from 'zod'
import { type Db, marksEvents, one, sql } from '../db/sql.ts'
import type { EventOrigin } from './append-events.ts'

const Blanked = z.object({ event_id: z.int().nullable() })

/**
 * Erases the changes and details of an event that has its position, and records that with an `event.blanked` about the
 * same subject. Everything else of the event stays, so the chain of the tenant still holds. Only the event loses the
 * text: copies in other rows, such as the parameters of its mails, are erased by their owners.
 *
 * Answers with the id of the event that records it. Null when there is nothing to erase: the tenant has no such event,
 * the event has no position yet, it was erased before, or it records an erasure itself.
 */
export const blankEvent = async (
  db: Db,
  { actor, requestId }: EventOrigin,
  eventId: number,
): Promise<number | null> => {
  const { event_id } = await one(
    db,
    Blanked,
    marksEvents(sql`select blank_event(${actor.tenantId}, ${eventId}, ${actor.accountId}, ${actor.role}, ${requestId})
      as event_id`),
  )
  return event_id
}
