import { z } from 'zod'
import { type Db, many, maybeOne, type Sql, sql, type Tx } from '../../../platform/db/sql.ts'
import { visibleActorId } from '../../desk/tickets/ticket-events.policy.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { lockProductsStep } from '../products/products.steps.ts'
import { Order } from './orders.schemas.ts'
import { orderColumns, orderEvents, theOrder, ticketEvents } from './orders.steps.ts'

/** An order that is to change: its id, and the version that the change is meant for. Null: any version. */
export interface Wanted {
  orderId: string
  ifMatch: number | null
}

/** A condition: an order `o` that the actor sees is the wanted one, at the version that is meant. */
const theWanted = (actor: User, { orderId, ifMatch }: Wanted): Sql =>
  sql`${theOrder(actor, orderId)} and (${ifMatch}::integer is null or o.version = ${ifMatch}::integer)`

/** The step `held` that locks the product of the wanted order, so that its unit may be freed. */
const heldStep = (actor: User, wanted: Wanted): Sql =>
  sql`held as materialized (${lockProductsStep(
    sql`select o.tenant_id, o.product_number from orders o where ${theWanted(actor, wanted)}`,
    'waits',
  )})`

/** A condition: an order `o` is of the product of the step `held` as `p`. */
const isHeld = sql`o.tenant_id = p.tenant_id and o.product_number = p.product_number`

/** Makes a reservation final while its time lasts, with the event. Null when it is none any more, or at another version. */
export const markComplete = (tx: Tx, act: Act<User>, wanted: Wanted, reference: string | null): Promise<Order | null> =>
  maybeOne(
    tx,
    Order,
    sql`with o as (
          update orders o set status = 'complete', reference = ${reference}::text, version = o.version + 1,
            updated_at = now()
          where ${theWanted(act.actor, wanted)} and o.status = 'reserved' and o.reserved_until > now()
          returning *),
        logged as (${orderEvents('order.completed', act, sql`o`)})
        select ${orderColumns(act.actor)} from o`,
  )

/** Takes a reservation back, with the events of the order and of its ticket. Null when it is none any more, or at another version. */
export const markCancelled = (tx: Tx, act: Act<User>, wanted: Wanted): Promise<Order | null> =>
  maybeOne(
    tx,
    Order,
    sql`with ${heldStep(act.actor, wanted)},
        o as (
          update orders o set status = 'cancelled', version = o.version + 1, updated_at = now()
          from held p
          where ${isHeld} and ${theWanted(act.actor, wanted)} and o.status = 'reserved'
          returning o.*),
        logged as (${orderEvents('order.cancelled', act, sql`o`)}),
        told as (${ticketEvents('ticket.order_cancelled', act.requestId, sql`o`)})
        select ${orderColumns(act.actor)} from o`,
  )

/** Ends a loan, with the event. Null when the order is no loan that was completed, or at another version. */
export const markReturned = (tx: Tx, act: Act<User>, wanted: Wanted): Promise<Order | null> =>
  maybeOne(
    tx,
    Order,
    sql`with ${heldStep(act.actor, wanted)},
        o as (
          update orders o set status = 'returned', version = o.version + 1, updated_at = now()
          from held p
          where ${isHeld} and ${theWanted(act.actor, wanted)} and o.status = 'complete' and o.kind = 'loan'
          returning o.*),
        logged as (${orderEvents('order.returned', act, sql`o`)})
        select ${orderColumns(act.actor)} from o`,
  )

const ChangedMember = z.object({ field: z.string(), by: z.string().nullable(), version: z.int() })

/** The members of an order that changed after a version, by whom, each with its last change. */
export const listOrderChangesSince = (
  db: Db,
  actor: User,
  orderId: string,
  version: number,
): Promise<z.output<typeof ChangedMember>[]> =>
  many(
    db,
    ChangedMember,
    sql`select distinct on (m.field) m.field, ${visibleActorId(actor)} as by, e.subject_version as version
        from events e
        cross join lateral (
          select 'status' as field
          union all
          select 'reference' where e.type = 'order.completed' and e.details ? 'reference') m
        where e.tenant_id = ${actor.tenantId} and e.subject_id = ${orderId} and starts_with(e.type, 'order.')
          and e.subject_version > ${version}
        order by m.field, e.subject_version desc`,
  )
