import { requireRead, requireWrite } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db, Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { completeAccess } from './orders.policy.ts'
import { findOrder, listOrders, markCancelled, markComplete, markReturned } from './orders.queries.ts'
import type { Order, OrderFilter } from './orders.schemas.ts'

/** Orders are listed by their number, the newest first. */
export const orderOrder = '-order_number'

/** A page of the orders that the actor sees. @throws AppError `query_too_broad`. */
export const listVisibleOrders = async (
  app: App,
  actor: User,
  filter: OrderFilter,
  page: PageRequest<number>,
): Promise<PageOf<Order>> => {
  const reading = listOrders(app.pool, actor, filter, page, app.config.LIST_TIMEOUT_MS)
  const rows = await refuseTooBroad(reading, 'Add a customer or a product.')
  return pageOf(rows, page, orderOrder, ({ order_id: id }) => numberOf(id))
}

/** @throws AppError `order_not_found`, also for an order of another customer. */
export const getOrder = async (db: Db, actor: User, orderId: string): Promise<Order> =>
  requireRead(await findOrder(db, actor, orderId), 'order_not_found')

/** What became of an order that is no reservation any more. */
const whatBecame = ({ order_id: id, status }: Order): string =>
  status === 'reserved' ? `The time to complete ${id} is over.` : `${id} is ${status}.`

const changeOrder = (app: App, act: Act<User>, change: (tx: Tx) => Promise<Order>): Promise<Order> =>
  transaction(app.pool, change, act.receipt)

/**
 * Makes a reservation final while its time lasts. An order that was completed with the same reference stays as it is.
 * @throws AppError `order_not_found`; `forbidden` for a customer and an order that costs something; `order_over`.
 */
export const completeOrder = (app: App, act: Act<User>, orderId: string, reference?: string): Promise<Order> =>
  changeOrder(app, act, async (tx) => {
    const order = await getOrder(tx, act.actor, orderId)
    const detail = 'The staff completes it when it is paid.'
    requireWrite(order, (found) => completeAccess(act.actor, found), 'order_not_found', detail)
    const completed = await markComplete(tx, act, orderId, reference ?? null)
    if (completed !== null) return completed
    const present = await getOrder(tx, act.actor, orderId)
    if (present.status === 'complete' && present.reference === (reference ?? null)) return present
    throw new AppError('order_over', { detail: whatBecame(present) })
  })

/**
 * Takes a reservation back. An order that was cancelled stays so.
 * @throws AppError `order_not_found`, `order_over`.
 */
export const cancelOrder = async (app: App, act: Act<User>, orderId: string): Promise<void> => {
  await changeOrder(app, act, async (tx) => {
    const cancelled = await markCancelled(tx, act, orderId)
    if (cancelled !== null) return cancelled
    const present = await getOrder(tx, act.actor, orderId)
    if (present.status === 'cancelled') return present
    throw new AppError('order_over', { detail: whatBecame(present) })
  })
}

/**
 * Ends a loan: the unit is free again. A loan that has ended stays so.
 * @throws AppError `order_not_found`, `order_not_lent`.
 */
export const returnOrder = (app: App, act: Act<User>, orderId: string): Promise<Order> =>
  changeOrder(app, act, async (tx) => {
    const returned = await markReturned(tx, act, orderId)
    if (returned !== null) return returned
    const present = await getOrder(tx, act.actor, orderId)
    if (present.status === 'returned') return present
    const detail = present.kind === 'loan' ? whatBecame(present) : `${orderId} is no loan.`
    throw new AppError('order_not_lent', { detail })
  })
