import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { withinQuotas } from '../../identity/accounts/quotas.service.ts'
import { cancelOrder, completeOrder, returnOrder } from './change-order.service.ts'
import { createOrder } from './create-order.service.ts'
import {
  CancelParams,
  CompleteOrder,
  CreateOrder,
  Order,
  OrderList,
  OrderParams,
  OrderQuery,
  OrderWithHistory,
} from './orders.schemas.ts'
import { getOrderWithHistory, listVisibleOrders, orderOrder } from './orders.service.ts'

const tag = 'Catalogue'

const wantedOf = ({ params, ifMatch }: { params: { orderId: string }; ifMatch: number | null }) => ({
  orderId: params.orderId,
  ifMatch,
})

export const orderRoutes = [
  endpoint({
    id: 'listOrders',
    method: 'get',
    path: '/orders',
    can: 'order:list',
    tag,
    summary: 'List orders',
    description: 'The newest first. The staff sees all of the tenant, customers their own.',
    query: OrderQuery,
    responds: { 200: OrderList },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => {
      const { rows, page } = await listVisibleOrders(app, actor, query, pageRequest(query, orderOrder, z.int()))
      return { orders: rows, page }
    },
  }),
  endpoint({
    id: 'createOrder',
    method: 'post',
    path: '/orders',
    can: 'order:create',
    tag,
    summary: 'Order a product',
    description:
      'Holds a unit for some minutes: until `reserved_until` the order can be completed, and then it expires. Customers order ' +
      'for themselves, the staff for the customer in `customer_id`. The order of a loan or a licence raises a ticket. Each ' +
      'order counts for the quota of tickets.',
    body: CreateOrder,
    responds: { 201: Order },
    responseHeaders: { Location: 'The path of the new order.' },
    fails: [
      'product_not_found',
      'product_taken',
      'too_many_reservations',
      'customer_unavailable',
      'quota_exceeded',
      // Of a request that is sent again: the ticket of its answer is out of sight by now.
      'ticket_not_found',
    ],
    handle: (call) => withinQuotas(call.app, call.actor, { tickets: 1 }, () => createOrder(call.app, call, call.body)),
    answer: (order) => ({ status: 201, body: order, headers: { Location: `/api/orders/${order.order_id}` } }),
  }),
  endpoint({
    id: 'getOrder',
    method: 'get',
    path: '/orders/:orderId',
    can: 'order:read',
    tag,
    summary: 'Read an order',
    description: 'The order, and what happened to it by whom.',
    params: OrderParams,
    responds: { 200: OrderWithHistory },
    fails: ['order_not_found'],
    handle: ({ app, actor, params }) => getOrderWithHistory(app.pool, actor, params.orderId),
  }),
  endpoint({
    id: 'completeOrder',
    method: 'post',
    path: '/orders/:orderId/complete',
    can: 'order:complete',
    tag,
    summary: 'Complete an order',
    description:
      'Makes a reservation final. The staff completes every order, also by a program of theirs that takes the payment; ' +
      'customers complete their own when the price is 0. An order that was completed with the same `reference` stays as it is.',
    params: OrderParams,
    body: CompleteOrder,
    bodyOptional: true,
    takesIfMatch: true,
    responds: { 200: Order },
    fails: ['order_not_found', 'stale_version', 'order_over', 'ticket_not_found'],
    handle: (call) => completeOrder(call.app, call, wantedOf(call), call.body?.reference),
  }),
  endpoint({
    id: 'returnOrder',
    method: 'post',
    path: '/orders/:orderId/return',
    can: 'order:return',
    tag,
    summary: 'End a loan',
    description: 'For the staff, who have the unit back. It can be ordered again.',
    params: OrderParams,
    body: NoBody,
    bodyOptional: true,
    takesIfMatch: true,
    responds: { 200: Order },
    fails: ['order_not_found', 'stale_version', 'order_not_lent', 'ticket_not_found'],
    handle: (call) => returnOrder(call.app, call, wantedOf(call)),
  }),
  endpoint({
    id: 'cancelOrder',
    method: 'delete',
    path: '/orders/:orderId',
    can: 'order:cancel',
    tag,
    summary: 'Cancel an order',
    description: 'Takes a reservation back. The customer of the order may, and the staff. What is cancelled stays so.',
    params: CancelParams,
    takesIfMatch: true,
    responds: { 204: null },
    fails: ['order_not_found', 'stale_version', 'order_over'],
    handle: (call) => cancelOrder(call.app, call, wantedOf(call)),
  }),
]
