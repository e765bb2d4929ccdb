import type { App } from '../../../platform/app-context.ts'
import type { Tx } from '../../../platform/db/sql.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { AppError } from '../../../platform/errors.ts'
import { createPreparedIn } from '../../desk/ticket-changes/create-prepared.service.ts'
import { customerFor, refuseUnknownCustomer } from '../../desk/ticket-changes/create-ticket.service.ts'
import { ticketCounter } from '../../desk/tickets/tickets.steps.ts'
import type { Act, User } from '../../identity/accounts/actor.ts'
import { withHealedCounter } from '../../identity/tenants/tenants.service.ts'
import type { Product } from '../products/products.schemas.ts'
import { getLockedProduct } from '../products/products.service.ts'
import { countUnitsHeld, insertOrder, takeOrderNumber } from './orders.queries.ts'
import { type CreateOrder, type Order, unitsHeldAtMost } from './orders.schemas.ts'
import { orderCounter } from './orders.steps.ts'

const taken = ({ product_id: id, title }: Product): AppError =>
  new AppError('product_taken', { detail: `Every unit of ${id} (${title}) is with an order. Try again later.` })

const refuseTooMany = (held: number): void => {
  if (held < unitsHeldAtMost) return
  const detail = `A customer holds at most ${unitsHeldAtMost} units at once. Complete, cancel or give back some first.`
  throw new AppError('too_many_reservations', { detail })
}

const padded = (number: number): string => `ORD${String(number).padStart(4, '0')}`

/** Raises the ticket of an order: somebody has to hand out the loan, or the licence. A `one_off` has none. */
const raiseTicket = async (
  tx: Tx,
  act: Act<User>,
  product: Product,
  customerId: string,
  orderNumber: number,
): Promise<string | null> => {
  const { actor, requestId } = act
  if (product.kind === 'one_off') return null
  const ticket = {
    tenant_id: actor.tenantId,
    subject: product.title,
    issue_category: product.category,
    issue_description: `${padded(orderNumber)} · ${product.product_id} · ${product.title}`,
    priority: 'normal',
    customer_id: customerId,
    source: null,
    follow_up_of_number: null,
    actor_id: actor.accountId,
    actor_role: actor.role,
    request_id: requestId,
  }
  const { ticket_id: ticketId } = await createPreparedIn(tx, act, ticket, {
    tags: [],
    isWatched: actor.role === 'technician',
  })
  return ticketId
}

/**
 * Holds a unit of a product for a customer, for `RESERVATION_MINUTES`. The order of a loan or a licence raises a
 * ticket. The product is locked first, so that of many who want the last unit one gets it, and the others are told so
 * before they raise a ticket. Orders of one tenant are written one after the other, so that somebody who orders many
 * products at once holds no more than `unitsHeldAtMost`.
 * @throws AppError `product_not_found`; `product_taken` when no unit is free; `too_many_reservations`;
 * `customer_unavailable`; `validation_failed` when the staff names no customer.
 */
export const createOrder = async (app: App, act: Act<User>, wanted: CreateOrder): Promise<Order> => {
  const { actor } = act
  const { tenantId } = actor
  const customerId = customerFor(actor, wanted.customer_id)
  if (actor.role !== 'customer') await refuseUnknownCustomer(app.pool, tenantId, customerId)
  const create = (): Promise<Order> =>
    transaction(
      app.pool,
      async (tx) => {
        const { owner: _, ...product } = await getLockedProduct(tx, actor, wanted.product_id)
        const number = await takeOrderNumber(tx, actor, wanted.product_id, customerId)
        if (!number.is_free) throw taken(product)
        refuseTooMany(number.held)
        const { order_number: orderNumber } = number
        const ticketId = await raiseTicket(tx, act, product, customerId, orderNumber)
        const minutes = app.config.RESERVATION_MINUTES
        const order = await insertOrder(tx, act, { orderNumber, product, customerId, ticketId, minutes })
        if (order !== null) return order
        refuseTooMany(await countUnitsHeld(tx, actor, customerId))
        throw taken(product)
      },
      act.receipt,
    )
  return withHealedCounter(app, tenantId, orderCounter, () => withHealedCounter(app, tenantId, ticketCounter, create))
}
