import { z } from 'zod'
import { type Db, marksEvents, maybeOne, one, sql } from '../db/sql.ts'
import type { EventOrigin } from './append-events.ts'

const Blanked = z.object({ event_id: z.int().nullable() })

/**
 * Erases the changes and details of an event that has its position, and records that with an `event.blanked` about the
 * same subject. Everything else of the event stays, so the chain of the tenant still holds. Only the event loses the
 * text: copies in other rows, such as the parameters of its mails, are erased by their owners.
 *
 * `eventId` is the number of the event in the database. Answers with that of the event that records it. Null when there
 * is nothing to erase: the tenant has no such event, the event has no position yet, it was erased before, or it records
 * an erasure itself.
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

const Found = z.object({ event_id: z.int(), type: z.string(), subject_id: z.string(), occurred_at: z.string() })

/**
 * The event at a position of a tenant: its number in the database, and what it is. People name events by their
 * positions. Null when there is none.
 */
export const findEventAt = (db: Db, tenantId: number, position: number): Promise<z.output<typeof Found> | null> =>
  maybeOne(
    db,
    Found,
    sql`select e.event_id, e.type, e.subject_id, e.occurred_at
      from events e where e.tenant_id = ${tenantId} and e.position = ${position}`,
  )

/**
 * The details of an event, as people may read them. The record of an erasure names the erased event by its number in
 * the database, which counts the events of all tenants. Readers get the position instead.
 */
export const shownDetails = <D extends Record<string, unknown>>(details: D): D =>
  'event_id' in details ? { ...details, event_id: details.position ?? null } : details
