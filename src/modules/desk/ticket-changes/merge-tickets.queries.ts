import { z } from 'zod'
import { type Db, one, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Actor } from '../../identity/accounts/actor.ts'
import { Ticket } from '../tickets/tickets.schemas.ts'
import { conversationOf, ticketColumns, withNames } from '../tickets/tickets.steps.ts'

/**
 * Merges a ticket into another, or undoes the merge with null, and writes the events. The other ticket's time is that
 * of its conversation, which changes with the merge; the other ticket's version stays.
 */
export const updateMergedInto = (
  tx: Tx,
  actor: Actor,
  ticketId: string,
  into: string | null,
  otherId: string,
  events: NewEvent[],
): Promise<Ticket> =>
  one(
    tx,
    Ticket,
    sql`with t as (
          update tickets set merged_into_number = ${into === null ? null : numberOf(into)}, updated_at = now(),
            version = version + 1
          where tenant_id = ${actor.tenantId} and ticket_number = ${numberOf(ticketId)}
          returning *),
        other as (
          update tickets set updated_at = now()
          where tenant_id = ${actor.tenantId} and ticket_number = ${numberOf(otherId)}),
        logged as (${appendEvents(events)})
        select ${ticketColumns(actor)} from t ${withNames}`,
  )

const Count = z.object({ count: z.int() })

/** How many tickets there are in the conversations of two. */
export const countTicketsOfBoth = async (
  db: Db,
  tenantId: number,
  ticketId: string,
  otherId: string,
): Promise<number> => {
  const { count } = await one(
    db,
    Count,
    sql`select (select count(*) from (${conversationOf(tenantId, numberOf(ticketId))}) a)
          + (select count(*) from (${conversationOf(tenantId, numberOf(otherId))}) b) as count`,
  )
  return count
}
