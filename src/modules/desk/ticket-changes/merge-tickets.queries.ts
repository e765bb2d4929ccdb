import { z } from 'zod'
import { type Db, exec, maybeOne, one, planEachTime, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, appendEventsFrom, type NewEvent } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { parentsOf } from '../links/links.steps.ts'
import { belowStep, conversationAt } from '../tickets/tickets.steps.ts'
import { unwatchByMergeStep, watchByMergeStep } from '../tickets/watchers.steps.ts'

/**
 * Locks tickets, all that are merged into them, their final targets and the parents of these, in the order of their
 * numbers. The caller has locked the hierarchy, so nobody merges or links meanwhile; no parent is closed either.
 */
export const lockWithMerged = async (tx: Tx, tenantId: number, ticketIds: string[]): Promise<void> => {
  await exec(
    tx,
    planEachTime(sql`with recursive ${belowStep(tenantId, ticketIds.map(numberOf))},
        targets as materialized (
          select coalesce(s.final_target_number, s.ticket_number) as number from tickets s
          where s.tenant_id = ${tenantId} and s.ticket_number = any (${ticketIds.map(numberOf)}::bigint[]))
        select from tickets t
        where t.tenant_id = ${tenantId} and t.ticket_number = any (array(
          select b.ticket_number from below b
          union
          select f.number from targets f
          union
          select p.number from targets f cross join lateral (${parentsOf(tenantId, sql`f.number`)}) p))
        order by t.ticket_number for no key update`),
  )
}

/**
 * Merges a locked ticket into another, or undoes the merge with null, and writes the events. All that is merged into
 * the ticket gets its final target. The times of the other ticket and of its final target are those of their
 * conversation, which changes with the merge; their versions stay.
 */
export const updateMergedInto = async (
  tx: Tx,
  tenantId: number,
  ticketId: string,
  into: string | null,
  otherId: string,
  events: NewEvent[],
): Promise<void> => {
  const [number, target, other] = [numberOf(ticketId), into === null ? null : numberOf(into), numberOf(otherId)]
  await exec(
    tx,
    planEachTime(sql`with recursive ${belowStep(tenantId, [number])},
        moved as (
          update tickets t set merged_into_number = ${target}::bigint, final_target_number = ${target}::bigint,
            updated_at = now(), version = t.version + 1
          where t.tenant_id = ${tenantId} and t.ticket_number = ${number}),
        followed as (
          update tickets t set final_target_number = coalesce(${target}::bigint, ${number}::bigint)
          from below b
          where t.tenant_id = ${tenantId} and t.ticket_number = b.ticket_number and t.ticket_number <> ${number}),
        others as (
          update tickets t set updated_at = now()
          where t.tenant_id = ${tenantId} and t.ticket_number = any (array(
            select unnest(array[s.ticket_number, s.final_target_number]) from tickets s
            where s.tenant_id = ${tenantId} and s.ticket_number = ${other})))
        ${appendEvents(events)}`),
  )
}

/** Writes an event for each account that the step `changed` gives. */
const watcherEvents = (
  { actor, requestId }: Act<User>,
  type: 'ticket.watcher_added' | 'ticket.watcher_removed',
  ticketId: string,
  mergedInto: string | null = null,
): Sql =>
  appendEventsFrom({
    tenantId: sql`${actor.tenantId}::integer`,
    type,
    subjectId: sql`${ticketId}`,
    actorId: sql`${actor.accountId}`,
    actorRole: sql`${actor.role}`,
    details: sql`jsonb_strip_nulls(jsonb_build_object('account_id', c.account_id, 'merged_into', ${mergedInto}::text,
      'visibility', 'internal'))`,
    requestId: sql`${requestId}`,
    from: sql`from changed c`,
  })

/** Makes the technician of a merged ticket its watcher, with the event. Who watches the ticket already goes on. */
export const insertWatcherByMerge = (tx: Tx, act: Act<User>, ticketId: string, technicianId: string): Promise<number> =>
  exec(
    tx,
    sql`with changed as (${watchByMergeStep(act.actor.tenantId, numberOf(ticketId), technicianId)})
        ${watcherEvents(act, 'ticket.watcher_added', ticketId)}`,
  )

/** Ends what `insertWatcherByMerge` began, with the event. `finalTarget`: where the ticket was merged into. */
export const deleteWatcherByMerge = (tx: Tx, act: Act<User>, ticketId: string, finalTarget: string): Promise<number> =>
  exec(
    tx,
    sql`with changed as (${unwatchByMergeStep(act.actor.tenantId, numberOf(ticketId))})
        ${watcherEvents(act, 'ticket.watcher_removed', ticketId, finalTarget)}`,
  )

const Count = z.object({ count: z.int() })

/** How many tickets there are in the conversations of these tickets, which are final targets. */
export const countTickets = async (db: Db, tenantId: number, ticketIds: string[]): Promise<number> => {
  const { count } = await one(
    db,
    Count,
    sql`select count(*) as count from unnest(${ticketIds.map(numberOf)}::bigint[]) as f (number)
        cross join lateral (${conversationAt(sql`${tenantId}`, sql`f.number`)}) c`,
  )
  return count
}

const Traces = z.object({ reopened: z.boolean(), is_mailed: z.boolean() })

/**
 * What the last merge of a ticket into another left behind: whether it reopened the other ticket, and whether mails
 * told of it. `isMailed` is a condition on an event `e`, if a module gives one.
 */
export const findTraces = (
  db: Db,
  tenantId: number,
  ticketId: string,
  otherId: string,
  isMailed: Sql | undefined,
): Promise<z.output<typeof Traces> | null> =>
  maybeOne(
    db,
    Traces,
    sql`select coalesce(e.details ->> 'reopened' = 'true', false) as reopened, ${isMailed ?? sql`false`} as is_mailed
        from events e
        where e.tenant_id = ${tenantId} and e.subject_id = ${otherId} and e.type = 'ticket.absorbed'
          and e.details ->> 'ticket_id' = ${ticketId}
        order by e.event_id desc limit 1`,
  )
