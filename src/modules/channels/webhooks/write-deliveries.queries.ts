import { eventTypesWhere } from '../../../contract/events.ts'
import { exec, planForBatch, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { type EventKeys, eventsOfBatch } from '../../../platform/events/fan-out.ts'
import { presentEpoch } from '../../../platform/events/log-epoch.ts'
import { typesOfCatalogue } from '../../catalogue/orders/catalogue-events.policy.ts'
import { isOutOfSight } from '../../desk/tickets/sight-of-accounts.steps.ts'

/** The types of events that technicians see of their tickets. */
const ofTickets = eventTypesWhere(({ subject }) => subject === 'ticket')

/** A condition: a webhook `h` wants the type of an event `e`. */
const isWanted = sql`(h.types is null or exists (
  select from unnest(h.types) as p (pattern)
  where case when right(p.pattern, 1) = '*' then starts_with(e.type, left(p.pattern, -1)) else e.type = p.pattern end))`

/** A condition: an event `e` is for all who see its ticket, or the webhook `h` is told of what is internal, too. */
const isInScope = sql`(h.includes_internal or e.details ->> 'visibility' is distinct from 'internal')`

/**
 * A condition: the owner `o` of a webhook `h` may see an event `e`. Admins see every event, technicians those of
 * tickets that they see now, and those of the catalogue. It is asked again when the event is sent.
 */
const isSeen = sql`(o.role = 'admin' or (o.role = 'technician' and (
  e.type = any (${typesOfCatalogue}::text[])
  or (e.type = any (${ofTickets}::text[]) and exists (
    select from tickets t
    where t.tenant_id = e.tenant_id and t.deleted_at is null
      and t.ticket_number = substring(e.subject_id from '^TKT([0-9]{1,18})$')::bigint
      and not ${isOutOfSight(sql`o`, sql`t`)} offset 0)))))`

/** What is joined to events `e`: the webhooks `h` of their tenants, each with its owner `o`, who is active. */
export const toldWebhooks = sql`
  join webhooks h on h.tenant_id = e.tenant_id and h.deleted_at is null
  join accounts o on o.tenant_id = h.tenant_id and o.account_id = h.owner_id and o.status = 'active'`

/** A condition on events `e` with `toldWebhooks`: the webhook is told of the event. */
export const isTold: Sql = sql`(${isWanted} and ${isInScope} and ${isSeen})`

/** How many webhooks may be told of an event `e`: an expression for the batches of the fan-out. */
export const webhooksOf: Sql = sql`(
  select count(*) from webhooks h
  where h.tenant_id = e.tenant_id and h.deleted_at is null and h.state = 'enabled')`

/**
 * When the delivery of an event `e` is due first: what its actor may still take back waits until the time for that is
 * over, and a second longer, because an undo may be committing until then.
 */
export const firstDueAt: Sql = sql`greatest(now(), (
  select u.until + interval '1 second' from undos u
  where u.tenant_id = e.tenant_id and u.undo_id = (e.details ->> 'undo_id')::uuid and u.undone_at is null))`

/** When a webhook `h` looks at what came: now, unless it is paused. */
export const dueByNews = sql`least(h.due_at, greatest(now(), h.paused_until))`

/**
 * Writes the deliveries of a batch of events: one for each event and each webhook that is told of it. Answers with the
 * number of webhooks that have something to do by that. Where no tenant of the batch has a webhook, it looks up their
 * webhooks in an index, and nothing else.
 */
export const insertDeliveries = (tx: Tx, batch: EventKeys): Promise<number> =>
  exec(
    tx,
    planForBatch(
      sql`with told as (
          insert into webhook_deliveries (tenant_id, webhook_number, position, epoch, due_at)
          select e.tenant_id, h.webhook_number, e.position, ${presentEpoch}, ${firstDueAt}
          from ${eventsOfBatch(batch)}
          ${toldWebhooks}
          where h.state = 'enabled' and ${isTold}
          on conflict do nothing
          returning tenant_id, webhook_number)
        update webhooks h set due_at = ${dueByNews}
        from (select distinct t.tenant_id, t.webhook_number from told t) n
        where h.tenant_id = n.tenant_id and h.webhook_number = n.webhook_number`,
      batch.eventIds.length,
    ),
  )
