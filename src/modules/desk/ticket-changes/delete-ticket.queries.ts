import { z } from 'zod'
import { exec, many, planEachTime, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { setLinksAsideSteps } from '../links/links.steps.ts'
import { uncountTagsSteps } from '../tags/tags.steps.ts'
import { visibleTickets } from '../tickets/tickets.policy.ts'
import { belowStep } from '../tickets/tickets.steps.ts'

const Held = z.object({ ticket_number: z.int(), version: z.int() })
export type Held = z.output<typeof Held>

/**
 * Locks a visible ticket and the tickets that are merged into it, directly or through others, in the order of their
 * numbers. The caller has locked the hierarchy, so nobody merges meanwhile.
 */
export const lockWithMergedInto = (tx: Tx, actor: User, ticketId: string): Promise<Held[]> =>
  many(
    tx,
    Held,
    planEachTime(sql`with recursive ${belowStep(actor.tenantId, [numberOf(ticketId)], sql`m.deleted_at is null`)}
        select t.ticket_number, t.version from tickets t
        where t.tenant_id = ${actor.tenantId} and ${visibleTickets(actor)}
          and t.ticket_number = any (array(select b.ticket_number from below b))
        order by t.ticket_number for no key update`),
  )

/**
 * Takes locked tickets out of every answer, and writes the event. `ticketId` is the one that is deleted; the others go
 * along, because they are merged into it. Their tags are no longer counted. The statement reads the tags after the
 * lock, because another transaction may have added a tag while this one waited. Their links are set aside, because
 * nobody could remove a link to a ticket that nobody sees.
 */
export const markTicketsDeleted = (
  tx: Tx,
  { tenantId }: User,
  ticketId: string,
  numbers: number[],
  event: NewEvent,
): Promise<number> =>
  exec(
    tx,
    planEachTime(sql`with deleted as (
          update tickets t set deleted_at = now(), updated_at = now(), version = t.version + 1,
            deleted_with_number = nullif(${numberOf(ticketId)}::bigint, t.ticket_number)
          where t.tenant_id = ${tenantId} and t.ticket_number = any (${numbers}::bigint[])
          returning t.tags),
        ${uncountTagsSteps(tenantId, sql`select unnest(d.tags) from deleted d`)},
        ${setLinksAsideSteps(tenantId, numbers)}
        ${appendEvents([event])}`),
  )
