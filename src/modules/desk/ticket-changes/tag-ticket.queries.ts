import { exec, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { countTagStep, countTagsStep, uncountTagStep } from '../tags/tags.steps.ts'

/**
 * Writes the tags of a locked ticket, with the step that counts them, and the events of one tenant. Nothing else of the
 * ticket changes, not even its time, because the time would tell a customer that something happened.
 */
const writeTags = (
  tx: Tx,
  tenantId: number,
  ticketId: string,
  tags: string[],
  count: Sql,
  events: NewEvent[],
): Promise<number> =>
  exec(
    tx,
    sql`with tagged as (
          update tickets set tags = ${tags}
          where tenant_id = ${tenantId} and ticket_number = ${numberOf(ticketId)}),
        counted as (${count})
        ${appendEvents(events)}`,
  )

/** Writes the tags of a ticket that got a tag. */
export const writeTagsWith = (
  tx: Tx,
  ticketId: string,
  tags: string[],
  added: string,
  event: NewEvent,
): Promise<number> => writeTags(tx, event.tenantId, ticketId, tags, countTagStep(event.tenantId, added), [event])

/** Writes the tags of a ticket that lost a tag. */
export const writeTagsWithout = (
  tx: Tx,
  ticketId: string,
  tags: string[],
  removed: string,
  event: NewEvent,
): Promise<number> => writeTags(tx, event.tenantId, ticketId, tags, uncountTagStep(event.tenantId, removed), [event])

/** Writes the tags of a new ticket, with an event of each. */
export const writeFirstTags = (
  tx: Tx,
  tenantId: number,
  ticketId: string,
  tags: string[],
  events: NewEvent[],
): Promise<number> => writeTags(tx, tenantId, ticketId, tags, countTagsStep(tenantId, tags), events)
