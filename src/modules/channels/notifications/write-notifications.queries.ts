import { z } from 'zod'
import type { EventType } from '../../../contract/events.ts'
import type { NotificationWay } from '../../../contract/notification-kinds.ts'
import { exec, many, planForBatch, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { type EventKeys, eventsOfBatch } from '../../../platform/events/fan-out.ts'
import { notifySignals, type Signal } from '../../../platform/live/signals.ts'

const Told = z.object({ tenant_id: z.int(), account_id: z.string() })
/** An account whose notifications changed. */
export type Told = z.output<typeof Told>

/** The way of those who want no notification either. */
const silent: NotificationWay = 'nothing'

/**
 * The step that writes the notifications to the recipients of a batch of events: one for each event and account that is
 * told of it. Its rows are the recipients of `recipientSteps`, as those of the mails.
 */
export const notificationsStep: Sql = sql`
  notified as (
    insert into notifications (tenant_id, position, account_id, kind, reason, ticket_number, undo_id)
    select w.tenant_id, w.position, w.account_id, w.kind, w.reason, w.ticket_number, (w.details ->> 'undo_id')::uuid
    from recipients w
    where w.way <> ${silent}
    on conflict do nothing)`

/**
 * The accounts that have notifications of the events of a batch. With `offset 0` they are looked up for each event: a
 * join may read all notifications of the tenant.
 */
export const listNotified = (tx: Tx, batch: EventKeys): Promise<Told[]> =>
  many(
    tx,
    Told,
    planForBatch(
      sql`select distinct n.tenant_id, n.account_id
      from ${eventsOfBatch(batch)}
      cross join lateral (
        select n.tenant_id, n.account_id from notifications n
        where n.tenant_id = e.tenant_id and n.position = e.position offset 0) n`,
      batch.eventIds.length,
    ),
  )

/** The event that tells that a change was taken back. */
const undone: EventType = 'ticket.change_undone'
const blanked: EventType = 'event.blanked'
/** The types of events that take notifications away. */
export const takingTypes: EventType[] = [undone, blanked]

/**
 * Takes away the notifications of changes that the events of a batch took back, and of events that were erased. Answers
 * with the accounts.
 */
export const deleteNotificationsFor = (tx: Tx, batch: EventKeys): Promise<Told[]> =>
  many(
    tx,
    Told,
    planForBatch(
      sql`with gone as (
        delete from notifications n where n.ctid = any (array(
          select d.ctid
          from ${eventsOfBatch(batch)}
          cross join lateral (
            select n.ctid from notifications n
            where e.type = ${undone} and n.tenant_id = e.tenant_id and n.undo_id = (e.details ->> 'undo_id')::uuid
            union all
            select n.ctid from notifications n
            where e.type = ${blanked} and n.tenant_id = e.tenant_id
              and n.position = (e.details ->> 'position')::bigint) d
          where e.type = any (${takingTypes}::text[])))
        returning n.tenant_id, n.account_id)
      select distinct g.tenant_id, g.account_id from gone g`,
      batch.eventIds.length,
    ),
  )

/** Tells all processes of accounts whose unread notifications changed, after the commit. */
export const signalUnread = async (tx: Tx, signals: Signal[]): Promise<void> => {
  if (signals.length > 0) await exec(tx, notifySignals(signals))
}
