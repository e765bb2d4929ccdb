import { exec, planEachTime, sql, type Tx } from '../../../platform/db/sql.ts'
import { type EventBatch, eventsOfBatch } from '../../../platform/events/fan-out.ts'
import { outOfSight } from './mail-queue.queries.ts'
import { undone } from './undone-mails.steps.ts'

/** A condition on a mail `e`: it may still be sent. One that is held since a restore is in no queue. */
const isUnsent = sql`e.state in ('queued', 'deferred', 'held')`

/**
 * Cancels the mails, waiting or held, to the former customers of tickets that a batch of events moved, also about the
 * tickets of the same conversation, as far as the customer does not have them.
 */
export const cancelMailsOfMoved = (tx: Tx, batch: EventBatch): Promise<number> =>
  exec(
    tx,
    planEachTime(sql`with moved as materialized (
          select distinct e.tenant_id, e.changes -> 'customer_id' ->> 'from' as former,
            coalesce(t.final_target_number, t.ticket_number) as final_target
          from ${eventsOfBatch(batch)}
          cross join lateral (
            select t.ticket_number, t.final_target_number from tickets t
            where t.tenant_id = e.tenant_id
              and t.ticket_number = case e.type when 'ticket.moved' then substr(e.subject_id, 4)::bigint end limit 1) t)
        update emails e set state = 'cancelled', last_error = ${outOfSight}
        from moved m
        cross join lateral (
          select t.ticket_id, t.customer_id from tickets t
          where t.tenant_id = m.tenant_id and t.ticket_number = m.final_target
          union all
          select t.ticket_id, t.customer_id from tickets t
          where t.tenant_id = m.tenant_id and t.final_target_number = m.final_target) t
        where t.customer_id <> m.former and e.tenant_id = m.tenant_id and e.ticket_id = t.ticket_id and e.account_id = m.former
          and ${isUnsent}`),
  )

/**
 * Cancels the mails, waiting or held, about changes that a batch of events takes back. They wait with the ticket of the
 * event. Mails in hand are none of them, because they are due after the time of the undo.
 */
export const cancelMailsOfUndone = (tx: Tx, batch: EventBatch): Promise<number> =>
  exec(
    tx,
    planEachTime(sql`with undone as materialized (
          select e.tenant_id, e.subject_id as ticket_id, (e.details ->> 'undo_id')::uuid as undo_id
          from ${eventsOfBatch(batch)}
          where e.type = 'ticket.change_undone')
        update emails e set state = 'cancelled', last_error = ${undone}
        from undone n
        where e.tenant_id = n.tenant_id and e.ticket_id = n.ticket_id and e.undo_id = n.undo_id
          and ${isUnsent}`),
  )
