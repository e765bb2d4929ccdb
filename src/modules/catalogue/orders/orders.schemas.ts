import { z } from 'zod'
import { OrderStatus } from '../../../contract/enums.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { line, listParameter, publicId, timestamp } from '../../../platform/schemas.ts'
import { TicketId } from '../../desk/tickets/tickets.schemas.ts'
import { CustomerId } from '../../identity/customers/customers.schemas.ts'
import { offer, ProductId } from '../products/products.schemas.ts'

/**
 * How many units a customer holds at most. Reserved units count until their time is over. When customers order for
 * themselves, loans that cost nothing count too until they are back. What was paid for, or stays with the customer,
 * does not count.
 */
export const unitsHeldAtMost = 20

export const OrderId = publicId('ORD').meta({ description: 'An order, like ORD0001.', examples: ['ORD0001'] })
export const OrderParams = z.object({ orderId: OrderId })
/** The order in the path of what takes it back. The example is one that was. */
export const CancelParams = z.object({ orderId: OrderId.meta({ examples: ['ORD0002'] }) })

export const Order = z
  .object({
    order_id: z.string().meta({ description: 'The number of the order.', examples: ['ORD0001'] }),
    product_id: z.string().meta({ description: 'What is ordered.', examples: ['PRD0001'] }),
    ...offer,
    unit: z.int().meta({ description: 'Which unit of the product it is.', examples: [1] }),
    status: OrderStatus,
    reserved_until: timestamp.meta({ description: 'Until when a reservation can be completed.' }),
    reference: z
      .string()
      .nullable()
      .meta({ description: 'What the payment is called where it was made.', examples: ['pay_4711'] }),
    customer_id: z.string().meta({ description: 'Whose order it is.', examples: ['CUS0001'] }),
    customer_name: z.string().meta({ description: 'The name of the customer.', examples: ['Hannah Reed'] }),
    ticket_id: z
      .string()
      .nullable()
      .meta({
        description: 'The ticket that the order raised. Null for a `one_off`, and when you do not see the ticket.',
        examples: ['TKT0001'],
      }),
    version: z.int().meta({ description: 'Grows with each change of the order.', examples: [1] }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Order' })
export type Order = z.output<typeof Order>

/** One thing that happened to an order. */
const OrderStep = z
  .object({
    status: OrderStatus.meta({ description: 'What became of the order then.' }),
    occurred_at: timestamp.meta({ description: 'When it happened.' }),
    actor_id: z
      .string()
      .nullable()
      .meta({
        description: 'Who did it. Null for the program, and for an admin, to customers.',
        examples: ['CUS0001'],
      }),
    actor_name: z
      .string()
      .nullable()
      .meta({ description: 'The name of who did it; null for the program.', examples: ['Hannah Reed'] }),
  })
  .meta({ id: 'OrderStep' })

export const OrderWithHistory = Order.extend({
  history: z.array(OrderStep).meta({ description: 'What happened to the order, the oldest first.' }),
}).meta({ id: 'OrderWithHistory' })
export type OrderWithHistory = z.output<typeof OrderWithHistory>

export const CreateOrder = z
  .strictObject({
    product_id: ProductId,
    customer_id: CustomerId.optional().meta({ description: 'The customer of the order. The staff must name one.' }),
  })
  .meta({ id: 'CreateOrder', examples: [{ product_id: 'PRD0001', customer_id: 'CUS0001' }] })
export type CreateOrder = z.output<typeof CreateOrder>

export const CompleteOrder = z
  .strictObject({
    reference: line(200)
      .optional()
      .meta({
        description: 'What the payment is called where it was made. Everybody who sees the order reads it.',
        examples: ['pay_4711'],
      }),
  })
  .meta({ id: 'CompleteOrder', examples: [{ reference: 'pay_4711' }] })

export const OrderQuery = z.strictObject({
  ...pageQuery,
  status: listParameter(OrderStatus, 10).optional().meta({ description: 'Any of these.' }),
  product_id: ProductId.optional().meta({ description: 'Only orders of this product.' }),
  customer_id: CustomerId.optional().meta({ description: 'Only orders of this customer.' }),
  ticket_id: TicketId.optional().meta({
    description: 'Only the order that raised this ticket, if you see the ticket.',
  }),
})
export type OrderFilter = Partial<Omit<z.output<typeof OrderQuery>, 'limit' | 'cursor'>>

export const OrderList = z.object({ orders: z.array(Order), page: Page }).meta({ id: 'OrderList' })
