import { z } from 'zod'
import { DeliveryState } from '../../../contract/enums.ts'
import { eventTypes } from '../../../contract/events.ts'
import { type Db, exec, maybeOne, one, planEachTime, sql, type Tx } from '../../../platform/db/sql.ts'
import { appendEvents, type NewEvent } from '../../../platform/events/append-events.ts'
import { presentEpoch } from '../../../platform/events/log-epoch.ts'
import type { User } from '../../identity/accounts/actor.ts'
import type { HeldKey } from './webhook-claims.queries.ts'
import { visibleWebhooks } from './webhooks.policy.ts'
import { dueByNews, firstDueAt, isTold, toldWebhooks } from './write-deliveries.queries.ts'

/** How many positions of the log one step of a resend looks at. */
const stepPositions = 1_000

/**
 * One step of a resend: puts the events of the next positions in the queue of a webhook in hand, those that were
 * delivered as well as those that it was never told. They keep the ids of their messages, and are kept for a month from
 * now on.
 */
export const resendSome = (db: Db, { tenant_id, webhook_number }: HeldKey): Promise<number> =>
  exec(
    db,
    planEachTime(sql`with part as materialized (
          select h.tenant_id, h.webhook_number, h.resend_after, h.resend_up_to,
            least(h.resend_up_to, h.resend_after + ${stepPositions}) as through
          from webhooks h
          where h.tenant_id = ${tenant_id} and h.webhook_number = ${webhook_number} and h.resend_after is not null
          for update of h),
        again as (
          insert into webhook_deliveries as d (tenant_id, webhook_number, position, epoch, due_at)
          select e.tenant_id, h.webhook_number, e.position, ${presentEpoch}, ${firstDueAt}
          from part p
          join events e on e.tenant_id = p.tenant_id and e.position > p.resend_after and e.position <= p.through
          ${toldWebhooks} and h.webhook_number = p.webhook_number
          where ${isTold}
          on conflict on constraint webhook_deliveries_pkey do update set state = 'waiting', attempts = 0,
            due_at = excluded.due_at, settled_at = null, created_at = now())
        update webhooks h set resend_after = case when p.through < p.resend_up_to then p.through end,
          resend_up_to = case when p.through < p.resend_up_to then p.resend_up_to end
        from part p where h.tenant_id = p.tenant_id and h.webhook_number = p.webhook_number`),
  )

const Start = z.object({ after: z.int(), head: z.int() })

/**
 * How many events of each type are looked at. An event has the time at which its transaction began, and gets its
 * position after the commit, so one that is a little later may stand before the first.
 */
const lookedAt = 100

/** The position before all events at a time or later, and the last position of the log. */
export const findStartSince = (db: Db, tenantId: number, since: string): Promise<z.output<typeof Start>> =>
  one(
    db,
    Start,
    // There is an index of the times of each type.
    sql`select coalesce((
          select min(n.position) - 1 from unnest(${Object.keys(eventTypes)}::text[]) as k (type)
          cross join lateral (
            select e.position from events e
            where e.tenant_id = ${tenantId} and e.type = k.type and e.occurred_at >= ${since}::timestamptz
              and e.position is not null
            order by e.occurred_at, e.position limit ${lookedAt}) n), h.position) as after, h.position as head
        from event_heads h where h.tenant_id = ${tenantId}`,
  )

const Head = z.object({ head: z.int() })

/** The last position of a tenant's log. */
export const findLogHead = async (db: Db, tenantId: number): Promise<number> =>
  (await one(db, Head, sql`select h.position as head from event_heads h where h.tenant_id = ${tenantId}`)).head

const Counted = z.object({ count: z.int() })

/** How many events between two positions a webhook would be told, at most `limit`. */
export const countToldEvents = async (
  db: Db,
  tenantId: number,
  webhookNumber: number,
  { after, upTo, limit }: { after: number; upTo: number; limit: number },
): Promise<number> => {
  const { count } = await one(
    db,
    Counted,
    planEachTime(sql`select count(*)::integer as count from (
          select from events e ${toldWebhooks} and h.webhook_number = ${webhookNumber}
          where e.tenant_id = ${tenantId} and e.position > ${after} and e.position <= ${upTo} and ${isTold}
          limit ${limit}) n`),
  )
  return count
}

/** Begins a resend of a webhook, and writes the event. One that is under way begins again. */
export const beginResend = (
  tx: Tx,
  webhookNumber: number,
  { after, upTo }: { after: number; upTo: number },
  event: NewEvent,
): Promise<number> =>
  exec(
    tx,
    sql`with begun as (
          update webhooks h set resend_after = least(h.resend_after, ${after}::bigint), resend_up_to = ${upTo},
            due_at = ${dueByNews}
          where h.tenant_id = ${event.tenantId} and h.webhook_number = ${webhookNumber})
        ${appendEvents([event])}`,
  )

const Locked = z.object({ state: DeliveryState, attempts: z.int() })

export type LockedDelivery = z.output<typeof Locked>

/**
 * Locks a webhook that the actor sees, and then a delivery of it. The statements of the runner lock in the same order,
 * so that the two never block each other for good.
 */
export const lockDelivery = (
  tx: Tx,
  actor: User,
  webhookNumber: number,
  position: number,
): Promise<LockedDelivery | null> =>
  maybeOne(
    tx,
    Locked,
    sql`with h as materialized (
          select h.tenant_id, h.webhook_number from webhooks h
          where h.tenant_id = ${actor.tenantId} and h.webhook_number = ${webhookNumber} and ${visibleWebhooks(actor)}
          for update of h)
        select d.state, d.attempts from h
        join webhook_deliveries d on d.tenant_id = h.tenant_id and d.webhook_number = h.webhook_number
          and d.position = ${position}
        for update of d`,
  )

/**
 * Puts a locked delivery of a webhook in the queue again, due at once, and writes the event. One that was never tried
 * may wait for the time of an undo, and goes on waiting.
 */
export const requeueDelivery = (tx: Tx, webhookNumber: number, position: number, event: NewEvent): Promise<number> =>
  exec(
    tx,
    sql`with again as (
          update webhook_deliveries d set state = 'waiting', attempts = 0,
            due_at = case when d.tries = 0 then greatest(d.due_at, now()) else now() end, settled_at = null,
            created_at = now()
          where d.tenant_id = ${event.tenantId} and d.webhook_number = ${webhookNumber} and d.position = ${position}
          returning d.tenant_id, d.webhook_number),
        hastened as (
          update webhooks h set due_at = ${dueByNews}
          from again a where h.tenant_id = a.tenant_id and h.webhook_number = a.webhook_number)
        ${appendEvents([event])}`,
  )
