import { exec, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { countTagStep, uncountTagStep } from '../tags/tags.steps.ts'

/**
 * Writes the tags of a locked ticket, with the step that counts the tag, and the event. Nothing else of the ticket
 * changes, not even its time, because the time would tell a customer that something happened.
 */
const writeTags = (tx: Tx, ticketId: string, tags: string[], count: Sql, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with tagged as (
          update tickets set tags = ${tags}
          where tenant_id = ${event.tenantId} and ticket_number = ${numberOf(ticketId)}),
        counted as (${count})
        ${appendEvents([event])}`,
  )

/** Writes the tags of a ticket that got a tag. */
export const writeTagsWith = (
  tx: Tx,
  ticketId: string,
  tags: string[],
  added: string,
  event: NewEvent,
): Promise<number> => writeTags(tx, ticketId, tags, countTagStep(event.tenantId, added), event)

/** Writes the tags of a ticket that lost a tag. */
export const writeTagsWithout = (
  tx: Tx,
  ticketId: string,
  tags: string[],
  removed: string,
  event: NewEvent,
): Promise<number> => writeTags(tx, ticketId, tags, uncountTagStep(event.tenantId, removed), event)
