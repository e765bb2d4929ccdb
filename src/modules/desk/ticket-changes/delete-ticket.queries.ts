import { z } from 'zod'
import { type Db, exec, many, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { deleteLinksStep } from '../links/links.steps.ts'
import { uncountTagsSteps } from '../tags/tags.steps.ts'

/**
 * Takes a locked ticket out of every answer, and writes the event. Its tags are no longer counted. The statement reads
 * the tags after the lock, because another transaction may have added a tag while this one waited. Its links are
 * deleted, because nobody could remove a link to a ticket that nobody sees.
 */
export const markTicketDeleted = (tx: Tx, actor: User, ticketId: string, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with deleted as (
          update tickets t set deleted_at = now(), updated_at = now(), version = t.version + 1
          where t.tenant_id = ${actor.tenantId} and t.ticket_number = ${numberOf(ticketId)}
          returning t.tags),
        ${uncountTagsSteps(actor.tenantId, sql`select unnest(d.tags) from deleted d`)},
        unlinked as (${deleteLinksStep(actor.tenantId, numberOf(ticketId))})
        ${appendEvents([event])}`,
  )

const Named = z.object({ ticket_id: z.string() })

/** The first tickets that are merged into a ticket directly. */
export const listMergedInto = async (db: Db, tenantId: number, ticketId: string, limit: number): Promise<string[]> => {
  const rows = await many(
    db,
    Named,
    sql`select t.ticket_id from tickets t
        where t.tenant_id = ${tenantId} and t.merged_into_number = ${numberOf(ticketId)} and t.deleted_at is null
        order by t.ticket_number limit ${limit}`,
  )
  return rows.map(({ ticket_id }) => ticket_id)
}
