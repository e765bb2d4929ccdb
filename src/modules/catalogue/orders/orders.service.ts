import { requireRead } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Db } from '../../../platform/db/sql.ts'
import { type PageOf, type PageRequest, pageOf, refuseTooBroad } from '../../../platform/paging.ts'
import { numberOf } from '../../../platform/schemas.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { findOrder, findOrderWithHistory, listOrders } from './orders.queries.ts'
import type { Order, OrderFilter, OrderWithHistory } from './orders.schemas.ts'

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

/** An order with what happened to it. @throws AppError `order_not_found`, also for an order of another customer. */
export const getOrderWithHistory = async (db: Db, actor: User, orderId: string): Promise<OrderWithHistory> =>
  requireRead(await findOrderWithHistory(db, actor, orderId), 'order_not_found')
