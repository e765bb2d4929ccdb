import { z } from 'zod'
import { ProductKind } from './enums.ts'
import { define, type EventDefinition, fact } from './event-definition.ts'

/** What a product is at that moment. `price`: in the smallest unit of the currency. */
const offer = { title: fact, price: z.int(), currency: fact, kind: ProductKind, category: fact }
const product = { ...offer, units: z.int() }
/** What an order is at that moment; what it says of its product is as it was when the order was made. */
const order = {
  ...offer,
  product_id: fact,
  unit: z.int(),
  customer_id: fact,
  reserved_until: z.iso.datetime(),
  ticket_id: fact.optional(),
  /** What the payment is called where it was made, of an order that was completed with it. */
  reference: fact.optional(),
}
/** The order of a ticket, in the ticket's own history. `merged_into`: the final target, when the ticket is merged. */
const ofTicket = { order_id: fact, product_id: fact, title: fact, merged_into: fact.optional() }

/**
 * The part of the catalogue about products and orders: see `events.ts`. Each event carries the whole state after it, so
 * that a copy can be made of events alone.
 */
export const catalogueEventTypes = {
  'product.created': define('product', { details: product }),
  'product.updated': define('product', { changes: product, details: product }),

  'order.created': define('order', { details: order }),
  'order.cancelled': define('order', { details: order }),
  'order.completed': define('order', { details: order }),
  /** Nobody completed the order in time. The program did it. */
  'order.expired': define('order', { details: order }),
  'order.returned': define('order', { details: order }),

  /** The order that raised the ticket was cancelled, or expired. The program tells it. */
  'ticket.order_cancelled': define('ticket', { customers: 'always', details: ofTicket }),
  'ticket.order_expired': define('ticket', { customers: 'always', details: ofTicket }),
} as const satisfies Record<string, EventDefinition>
