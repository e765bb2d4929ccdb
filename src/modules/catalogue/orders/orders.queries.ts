import { z } from 'zod'
import {
  allOf,
  type Db,
  many,
  maybeOne,
  one,
  planEachTime,
  type Sql,
  sql,
  type Tx,
  withinTime,
} from '../../../platform/db/sql.ts'
import { addJob } from '../../../platform/jobs/queued-jobs.ts'
import type { PageRequest } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import { visibleTickets } from '../../desk/tickets/tickets.policy.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { takeNumberStep } from '../../identity/tenants/counters.steps.ts'
import type { Product } from '../products/products.schemas.ts'
import { holdsUnit } from '../products/products.steps.ts'
import { visibleOrders } from './orders.policy.ts'
import { Order, type OrderFilter, OrderWithHistory, unitsHeldAtMost } from './orders.schemas.ts'
import { expireSteps, orderColumns, orderEvents, orderHistory, theOrder } from './orders.steps.ts'

export const findOrder = (db: Db, actor: User, orderId: string): Promise<Order | null> =>
  maybeOne(db, Order, sql`select ${orderColumns(actor)} from orders o where ${theOrder(actor, orderId)}`)

export const findOrderWithHistory = (db: Db, actor: User, orderId: string): Promise<OrderWithHistory | null> =>
  maybeOne(
    db,
    OrderWithHistory,
    sql`select ${orderColumns(actor)}, ${orderHistory(actor)} as history from orders o where ${theOrder(actor, orderId)}`,
  )

const conditionsOf = (
  actor: User,
  { product_id, customer_id, ticket_id }: OrderFilter,
  after: number | null,
): Sql[] => {
  const conditions = [sql`o.tenant_id = ${actor.tenantId}`, visibleOrders(actor)]
  if (after !== null) conditions.push(sql`o.order_number < ${after}`)
  if (product_id !== undefined) conditions.push(sql`o.product_number = ${numberOf(product_id)}`)
  if (customer_id !== undefined) conditions.push(sql`o.customer_id = ${customer_id}`)
  if (ticket_id !== undefined) {
    conditions.push(sql`o.ticket_number = ${numberOf(ticket_id)} and exists (
      select from tickets t
      where t.tenant_id = o.tenant_id and t.ticket_number = o.ticket_number and ${visibleTickets(actor)})`)
  }
  return conditions
}

/**
 * One more than `limit` of the orders that the actor sees and that fit, before the cursor's number: the newest first.
 * Of some statuses it reads the first of each. The server cancels a list that reads many rows after `timeoutMs`.
 */
export const listOrders = (
  db: Db,
  actor: User,
  filter: OrderFilter,
  { limit, after }: PageRequest<number>,
  timeoutMs: number,
): Promise<Order[]> => {
  const conditions = conditionsOf(actor, filter, after)
  const first = sql`order by o.order_number desc limit ${limit + 1}`
  const found =
    filter.status === undefined
      ? sql`orders o where ${allOf(conditions)}`
      : sql`unnest(${[...new Set(filter.status)]}::text[]) as s (status)
          cross join lateral (
            select o.* from orders o where ${allOf([...conditions, sql`o.status = s.status`])} ${first}) o`
  const rows = planEachTime(sql`select ${orderColumns(actor)} from ${found} ${first}`)
  return many(db, Order, withinTime(rows, timeoutMs))
}

/** A condition: a unit `u` can be ordered, because no order holds it. */
const isFree = sql`not u.is_retired and not exists (
  select from orders l
  where l.tenant_id = u.tenant_id and l.product_number = u.product_number and l.unit_number = u.unit_number
    and ${holdsUnit})`

/**
 * The free unit of a product that is taken next. Those whose reservation nobody has ended yet come last, because that
 * reservation may be on its way to be completed, from a moment before its end.
 */
const freeUnit = (tenantId: number, productId: string): Sql => sql`
  select u.tenant_id, u.product_number, u.unit_number from product_units u
  where u.tenant_id = ${tenantId} and u.product_number = ${numberOf(productId)} and ${isFree}
  order by exists (
    select from orders l
    where l.tenant_id = u.tenant_id and l.product_number = u.product_number and l.unit_number = u.unit_number
      and l.status = 'reserved'), u.unit_number
  limit 1`

/**
 * An expression: how many units a customer holds. They hold what is reserved for them, and when a customer asks also
 * loans that cost nothing and are not back.
 */
const unitsHeldBy = ({ tenantId, role }: User, customerId: string): Sql => sql`(
  select count(*)::integer from orders n
  where n.tenant_id = ${tenantId} and n.customer_id = ${customerId}
    and (n.status = 'reserved' and n.reserved_until > now()
      or ${role === 'customer'}::boolean and n.status = 'complete' and n.kind = 'loan' and n.price = 0))`

const Taken = z.object({ order_number: z.int(), is_free: z.boolean(), held: z.int() })

/**
 * Takes the number of an order of a locked product, and says whether a unit is free and how many units the customer
 * holds. The product is locked before this statement begins, so it sees every order of the product before; orders of
 * other products that are on their way it may not see.
 */
export const takeOrderNumber = (
  tx: Tx,
  actor: User,
  productId: string,
  customerId: string,
): Promise<z.output<typeof Taken>> =>
  one(
    tx,
    Taken,
    sql`with counter as (${takeNumberStep(actor.tenantId, 'order')})
        select c.value as order_number, exists (${freeUnit(actor.tenantId, productId)}) as is_free,
          ${unitsHeldBy(actor, customerId)} as held
        from counter c`,
  )

/** An order to write. */
export interface NewOrder {
  orderNumber: number
  product: Product
  customerId: string
  /** The ticket that the order raised. */
  ticketId: string | null
  minutes: number
}

/** What a job gets that ends the reservation of an order `o`, and its key. */
const expiryJob = {
  task: 'expire_order',
  payload: sql`json_build_object('tenant_id', o.tenant_id, 'order_id', o.order_id)`,
  key: sql`'expire_order ' || o.tenant_id || ' ' || o.order_id`,
}

/**
 * Holds a free unit of a product for some minutes, in one statement: a reservation of the unit whose time is over ends
 * first, then the order is written with its event, and the job that ends it. The index `orders_live_unit` decides when
 * two want a unit. How many units the customer holds is counted once more: the transaction has the counter of orders
 * since `takeOrderNumber`, so this statement sees every order of the tenant before. Null when no unit is free, or
 * when the customer holds as many as may be.
 */
export const insertOrder = (tx: Tx, act: Act<User>, order: NewOrder): Promise<Order | null> => {
  const { tenantId } = act.actor
  const { product } = order
  const ofUnit = sql`o.tenant_id = ${tenantId} and o.product_number = ${numberOf(product.product_id)}
    and o.unit_number = (select u.unit_number from free u)`
  return maybeOne(
    tx,
    Order,
    sql`with free as materialized (${freeUnit(tenantId, product.product_id)}),
        ${expireSteps(ofUnit, 1, 'waits')},
        o as (
          insert into orders (tenant_id, order_number, product_number, unit_number, customer_id, ticket_number, title,
            kind, category, price, currency, reserved_until)
          select u.tenant_id, ${order.orderNumber}, u.product_number, u.unit_number, ${order.customerId},
            ${order.ticketId === null ? null : numberOf(order.ticketId)}::bigint, ${product.title}, ${product.kind},
            ${product.category}, ${product.price}, ${product.currency},
            date_trunc('milliseconds', now() + make_interval(mins => ${order.minutes}))
          from free u
          -- So that the reservation has ended before its unit is taken.
          where (select count(*) from expired) >= 0
            and ${unitsHeldBy(act.actor, order.customerId)} < ${unitsHeldAtMost}
          on conflict (tenant_id, product_number, unit_number) where status in ('reserved', 'complete') do nothing
          returning *),
        logged as (${orderEvents('order.created', act, sql`o`)})
        select ${orderColumns(act.actor)}, (${addJob(expiryJob, sql`o.reserved_until`)}).id::text as job_id from o`,
  )
}

/** How many units a customer holds, as `insertOrder` counts them for an actor. */
export const countUnitsHeld = async (tx: Tx, actor: User, customerId: string): Promise<number> => {
  const { held } = await one(tx, z.object({ held: z.int() }), sql`select ${unitsHeldBy(actor, customerId)} as held`)
  return held
}

const Expiry = z.object({ expired: z.int(), jobs: z.int() })

/**
 * Ends the reservation of an order if its time is over and it still is one, with the events. Before that time the
 * job is put off until then; afterwards, or a second time, nothing happens.
 */
export const expireOrder = (db: Db, tenantId: number, orderId: string): Promise<z.output<typeof Expiry>> => {
  const theOne = sql`o.tenant_id = ${tenantId} and o.order_number = ${numberOf(orderId)}`
  return one(
    db,
    Expiry,
    sql`with ${expireSteps(theOne, 1, 'waits')},
        again as (
          select ${addJob(expiryJob, sql`o.reserved_until`)} as job from orders o
          where ${theOne} and o.status = 'reserved' and o.reserved_until > now())
        select (select count(*)::integer from expired) as expired,
          (select count(a.job)::integer from again a) as jobs`,
  )
}

/** Ends at most `limit` reservations whose time was over a minute ago: their jobs were lost, or come late. */
export const expireOverdue = async (db: Db, limit: number): Promise<number> => {
  const { expired } = await one(
    db,
    Expiry,
    sql`with ${expireSteps(sql`o.reserved_until <= now() - interval '1 minute'`, limit, 'leaves out')}
        select (select count(*)::integer from expired) as expired, 0 as jobs`,
  )
  return expired
}
