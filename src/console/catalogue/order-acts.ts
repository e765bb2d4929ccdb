import { type Answer, answerOf, api, newKey } from '../api/calls.ts'
import type { Order, OrderAct } from './catalogue-rules.ts'

/** The headers of a change of an order as somebody has read it: nobody else must have changed it since. */
export const changeHeaders = ({ version }: Order, key: string) => ({
  'Idempotency-Key': key,
  'If-Match': `"${version}"`,
})

/** Does something with an order, if it is still as it was read. */
export const actOn = (order: Order, act: OrderAct): Promise<Answer<unknown>> => {
  const params = { path: { orderId: order.order_id }, header: changeHeaders(order, newKey()) }
  if (act === 'cancel') return answerOf(api.DELETE('/orders/{orderId}', { params }))
  if (act === 'return') return answerOf(api.POST('/orders/{orderId}/return', { params }))
  return answerOf(api.POST('/orders/{orderId}/complete', { params, body: {} }))
}
