import { z } from 'zod'
import { exec, many, planEachTime, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { countTagsAgainStep } from '../tags/tags.steps.ts'
import { isOverdue } from '../tickets/deleted-tickets.steps.ts'
import { isUnresolvedSql } from '../tickets/tickets.steps.ts'
import { unassigning } from './release-tickets.queries.ts'

const Named = z.object({ technician_id: z.string() })

/** The technicians of a ticket and of the tickets that were deleted with it. */
export const listTechniciansOfDeleted = async (tx: Tx, { tenantId }: User, ticketId: string): Promise<string[]> => {
  const rows = await many(
    tx,
    Named,
    planEachTime(sql`select distinct t.technician_id from tickets t
        where t.tenant_id = ${tenantId} and t.technician_id is not null
          and (t.ticket_number = ${numberOf(ticketId)} or t.deleted_with_number = ${numberOf(ticketId)})
        order by t.technician_id`),
  )
  return rows.map(({ technician_id }) => technician_id)
}

const Held = z.object({
  ticket_id: z.string(),
  ticket_number: z.int(),
  version: z.int(),
  merged_into: z.string().nullable(),
  deleted_with: z.string().nullable(),
  is_deleted: z.boolean(),
  /** The files have left the store, or are about to. */
  is_gone: z.boolean(),
})
export type HeldTicket = z.output<typeof Held>

/**
 * Locks a ticket, the tickets that were deleted with it, the ticket that it is merged into, the other tickets of its
 * links, and the final targets of all of them, in the order of their numbers. So no parent is closed meanwhile.
 */
export const lockForRestoring = (
  tx: Tx,
  { tenantId }: User,
  ticketId: string,
  deletedDays: number,
): Promise<HeldTicket[]> =>
  many(
    tx,
    Held,
    planEachTime(sql`with restored as materialized (
          select t.ticket_number, t.merged_into_number from tickets t
          where t.tenant_id = ${tenantId}
            and (t.ticket_number = ${numberOf(ticketId)} or t.deleted_with_number = ${numberOf(ticketId)})),
        wanted as materialized (
          select r.ticket_number from restored r
          union select r.merged_into_number from restored r
          union select l.other_number from restored r
            join deleted_links l on l.tenant_id = ${tenantId} and l.ticket_number = r.ticket_number
          union select l.ticket_number from restored r
            join deleted_links l on l.tenant_id = ${tenantId} and l.other_number = r.ticket_number)
        select t.ticket_id, t.ticket_number, t.version,
          public_id('TKT', t.merged_into_number) as merged_into,
          public_id('TKT', t.deleted_with_number) as deleted_with,
          t.deleted_at is not null as is_deleted, t.deleted_at is not null and ${isOverdue(deletedDays)} as is_gone
        from tickets t
        where t.tenant_id = ${tenantId} and t.ticket_number = any (array(
            select w.ticket_number from wanted w
            union
            select f.final_target_number from wanted w
            join tickets f on f.tenant_id = ${tenantId} and f.ticket_number = w.ticket_number))
        order by t.ticket_number for no key update of t`),
  )

/** Brings locked tickets back into every answer, and writes the event. Their tags are counted again. */
export const markTicketsRestored = (tx: Tx, { tenantId }: User, numbers: number[], event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with restored as (
          update tickets t set deleted_at = null, deleted_with_number = null, kept_since = null, updated_at = now(),
            version = t.version + 1
          where t.tenant_id = ${tenantId} and t.ticket_number = any (${numbers}::bigint[])
          returning t.tags),
        counted as (${countTagsAgainStep(tenantId, sql`select unnest(r.tags) from restored r`)})
        ${appendEvents([event])}`,
  )

/**
 * Gives restored tickets back to the queue that belong to technicians who have been deactivated meanwhile. Those who
 * see the queue are told of the ticket that they can take: merged tickets go on silently.
 */
export const unassignRestored = (tx: Tx, act: Act<User>, numbers: number[], technicianIds: string[]): Promise<number> =>
  exec(
    tx,
    unassigning(
      act,
      sql`select t.ticket_number, t.technician_id, t.status,
            case when t.merged_into_number is not null then 'deactivation'::text end as by
          from tickets t
          where t.tenant_id = ${act.actor.tenantId} and t.ticket_number = any (${numbers}::bigint[])
            and t.technician_id = any (${technicianIds}::text[]) and ${isUnresolvedSql}`,
    ),
  )
