import type { EventType } from '../../../contract/events.ts'
import { type Sql, sql } from '../../../platform/db/sql.ts'
import { appendEventsFrom } from '../../../platform/events/append-events.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { visibleActorId } from '../../desk/tickets/ticket-events.policy.ts'
import { visibleTickets } from '../../desk/tickets/tickets.policy.ts'
import { withAccountOfEach } from '../../identity/accounts/accounts.steps.ts'
import type { Actor, User } from '../../identity/accounts/actor.ts'
import type { Counter } from '../../identity/tenants/counters.steps.ts'
import { lockProductsStep } from '../products/products.steps.ts'
import { visibleOrders } from './orders.policy.ts'

/** The counter of orders, and what it numbers. */
export const orderCounter: Counter = {
  name: 'order',
  constraints: ['orders_pkey'],
  highest: (tenantId) => sql`select max(n.order_number) as number from orders n where n.tenant_id = ${tenantId}`,
}

/** A condition: an order `o` is the one with an id, and the actor sees it. */
export const theOrder = (actor: User, orderId: string): Sql =>
  sql`o.tenant_id = ${actor.tenantId} and o.order_number = ${numberOf(orderId)} and ${visibleOrders(actor)}`

const productId = sql`public_id('PRD', o.product_number)`

/** The columns of an answer to an actor, for an order `o`. A ticket that the actor does not see is not named. */
export const orderColumns = (actor: User): Sql => sql`o.order_id, ${productId} as product_id, o.title, o.price,
  o.currency, o.kind, o.category, o.unit_number as unit, o.status, o.reserved_until, o.reference, o.customer_id,
  (select a.name from accounts a where a.tenant_id = o.tenant_id and a.account_id = o.customer_id) as customer_name,
  (select t.ticket_id from tickets t
    where t.tenant_id = o.tenant_id and t.ticket_number = o.ticket_number and ${visibleTickets(actor)}) as ticket_id,
  o.version, o.created_at, o.updated_at`

/** A time as events tell it: in ISO 8601, UTC, with milliseconds. */
const toldTime = (time: Sql): Sql => sql`to_char(${time} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const orderEventTypes = [
  'order.created',
  'order.cancelled',
  'order.completed',
  'order.expired',
  'order.returned',
] as const satisfies EventType[]
type OrderEventType = (typeof orderEventTypes)[number]

/**
 * What happened to an order `o`, the oldest first, for an actor who sees it: an expression. It reads the few events of
 * one order, and is not for lists.
 */
export const orderHistory = (actor: User): Sql => sql`(
  select coalesce(jsonb_agg(jsonb_build_object(
    'status', case e.type when 'order.created' then 'reserved' when 'order.completed' then 'complete'
      else substring(e.type from '^order\\.(.*)$') end,
    'occurred_at', ${toldTime(sql`e.occurred_at`)},
    'actor_id', nullif(${visibleActorId(actor)}, 'system'),
    'actor_name', a.name) order by e.event_id), '[]')
  from events e ${withAccountOfEach(sql`e.tenant_id`, sql`e.actor_id`)}
  where e.tenant_id = o.tenant_id and e.subject_id = o.order_id and e.type = any (${[...orderEventTypes]}::text[]))`

/** The step that writes an event for each order of the step `from`, with its whole state. */
export const orderEvents = (
  type: OrderEventType,
  { actor, requestId }: { actor: Pick<Actor, 'accountId' | 'role'>; requestId: string | null },
  from: Sql,
): Sql =>
  appendEventsFrom({
    tenantId: sql`o.tenant_id`,
    type,
    subjectId: sql`o.order_id`,
    subjectVersion: sql`o.version`,
    actorId: sql`${actor.accountId}::text`,
    actorRole: sql`${actor.role}::text`,
    details: sql`jsonb_strip_nulls(jsonb_build_object('title', o.title, 'price', o.price, 'currency', o.currency,
      'kind', o.kind, 'category', o.category, 'product_id', ${productId}, 'unit', o.unit_number,
      'customer_id', o.customer_id, 'reserved_until', ${toldTime(sql`o.reserved_until`)},
      'ticket_id', public_id('TKT', o.ticket_number), 'reference', o.reference))`,
    requestId: sql`${requestId}::text`,
    from: sql`from ${from} o order by o.tenant_id, o.order_number`,
  })

/** The step that tells the tickets of the orders of the step `from` that these were cancelled or expired. */
export const ticketEvents = (
  type: 'ticket.order_cancelled' | 'ticket.order_expired',
  requestId: string | null,
  from: Sql,
): Sql =>
  appendEventsFrom({
    tenantId: sql`o.tenant_id`,
    type,
    subjectId: sql`t.ticket_id`,
    actorId: sql`null::text`,
    actorRole: sql`'system'::text`,
    details: sql`jsonb_strip_nulls(jsonb_build_object('order_id', o.order_id, 'product_id', ${productId},
      'title', o.title, 'merged_into', public_id('TKT', t.final_target_number)))`,
    requestId: sql`${requestId}::text`,
    from: sql`from ${from} o
      join tickets t on t.tenant_id = o.tenant_id and t.ticket_number = o.ticket_number and t.deleted_at is null
      order by o.tenant_id, o.order_number`,
  })

const bySystem = { actor: { accountId: null, role: 'system' as const }, requestId: null }

/** A condition: a reservation `o` has to end. Of a tenant that is suspended nothing expires. */
const isOverdue = sql`o.status = 'reserved' and o.reserved_until <= now()
  and exists (select from tenants n where n.tenant_id = o.tenant_id and n.state = 'active')`

/**
 * The steps that end reservations `o` whose time is over and that fulfil a condition, with their events. The last step,
 * `expired`, has the orders. `patience`: what is done with those of a product that somebody else has locked.
 */
export const expireSteps = (which: Sql, limit: number, patience: 'waits' | 'leaves out'): Sql => sql`
  expiring as materialized (${lockProductsStep(
    sql`select o.tenant_id, o.product_number from orders o where ${which} and ${isOverdue}
      order by o.reserved_until limit ${limit}`,
    patience,
  )}),
  overdue as (
    select o.tenant_id, o.order_number from expiring p
    join orders o on o.tenant_id = p.tenant_id and o.product_number = p.product_number
    where ${which} and ${isOverdue}
    order by o.reserved_until limit ${limit} for no key update of o skip locked),
  expired as (
    update orders o set status = 'expired', version = o.version + 1, updated_at = now()
    from overdue d where o.tenant_id = d.tenant_id and o.order_number = d.order_number
    returning o.*),
  expiry_logged as (${orderEvents('order.expired', bySystem, sql`expired`)}),
  expiry_told as (${ticketEvents('ticket.order_expired', null, sql`expired`)})`
