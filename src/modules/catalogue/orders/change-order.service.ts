import { requireWrite } from '../../../platform/access.ts'
import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import {
  listOrderChangesSince,
  markCancelled,
  markComplete,
  markReturned,
  type Wanted,
} from './change-order.queries.ts'
import { completeAccess } from './orders.policy.ts'
import type { Order } from './orders.schemas.ts'
import { getOrder } from './orders.service.ts'

/** What became of an order that is no reservation any more. */
const whatBecame = ({ order_id: id, status }: Order): string =>
  status === 'reserved' ? `The time to complete ${id} is over.` : `${id} is ${status}.`

/**
 * Refuses a change of an order that is at another version than the one meant, and names what changed since.
 * @throws AppError `stale_version`.
 */
const refuseStale = async (tx: Tx, actor: User, order: Order, { ifMatch }: Wanted): Promise<void> => {
  const { order_id: id, version } = order
  if (ifMatch === null || ifMatch === version) return
  const changed = await listOrderChangesSince(tx, actor, id, ifMatch)
  throw new AppError('stale_version', {
    detail: `The order is at version ${version}, not ${ifMatch}. Read it again.`,
    // Each of these requests changes the status, and so does whatever has changed an order.
    extra: { current_version: version, changed, overlaps: changed.length > 0 },
    headers: { ETag: `"${version}"` },
  })
}

/** An order that was not changed, as it is now. @throws AppError `order_not_found`, `stale_version`. */
const getUnchanged = async (tx: Tx, actor: User, wanted: Wanted): Promise<Order> => {
  const present = await getOrder(tx, actor, wanted.orderId)
  await refuseStale(tx, actor, present, wanted)
  return present
}

const changeOrder = (app: App, act: Act<User>, change: (tx: Tx) => Promise<Order>): Promise<Order> =>
  transaction(app.pool, change, act.receipt)

/**
 * Makes a reservation final while its time lasts. An order that was completed with the same reference stays as it is.
 * @throws AppError `order_not_found`; `forbidden` for a customer and an order that costs something; `stale_version`;
 * `order_over`.
 */
export const completeOrder = (app: App, act: Act<User>, wanted: Wanted, reference?: string): Promise<Order> =>
  changeOrder(app, act, async (tx) => {
    const order = await getOrder(tx, act.actor, wanted.orderId)
    const detail = 'The staff completes it when it is paid.'
    requireWrite(order, (found) => completeAccess(act.actor, found), 'order_not_found', detail)
    const completed = await markComplete(tx, act, wanted, reference ?? null)
    if (completed !== null) return completed
    const present = await getUnchanged(tx, act.actor, wanted)
    if (present.status === 'complete' && present.reference === (reference ?? null)) return present
    throw new AppError('order_over', { detail: whatBecame(present) })
  })

/**
 * Takes a reservation back. An order that was cancelled stays so.
 * @throws AppError `order_not_found`, `stale_version`, `order_over`.
 */
export const cancelOrder = async (app: App, act: Act<User>, wanted: Wanted): Promise<void> => {
  await changeOrder(app, act, async (tx) => {
    const cancelled = await markCancelled(tx, act, wanted)
    if (cancelled !== null) return cancelled
    const present = await getUnchanged(tx, act.actor, wanted)
    if (present.status === 'cancelled') return present
    throw new AppError('order_over', { detail: whatBecame(present) })
  })
}

/**
 * Ends a loan: the unit is free again. A loan that has ended stays so.
 * @throws AppError `order_not_found`, `stale_version`, `order_not_lent`.
 */
export const returnOrder = (app: App, act: Act<User>, wanted: Wanted): Promise<Order> =>
  changeOrder(app, act, async (tx) => {
    const returned = await markReturned(tx, act, wanted)
    if (returned !== null) return returned
    const present = await getUnchanged(tx, act.actor, wanted)
    if (present.status === 'returned') return present
    const detail = present.kind === 'loan' ? whatBecame(present) : `${present.order_id} is no loan.`
    throw new AppError('order_not_lent', { detail })
  })
