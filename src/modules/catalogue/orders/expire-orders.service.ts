import { z } from 'zod'
import type { App } from '../../../platform/app-context.ts'
import { expireOrder, expireOverdue } from './orders.queries.ts'

const Payload = z.object({ tenant_id: z.int(), order_id: z.string() })

/**
 * The job that ends a reservation at the instant when its time is over. It is harmless when it comes early, late or
 * twice, and when the order was completed or cancelled.
 */
export const expireOrderTask = async (app: App, payload: unknown): Promise<void> => {
  const { tenant_id: tenantId, order_id: orderId } = Payload.parse(payload)
  await expireOrder(app.pool, tenantId, orderId)
}

/** Ends at most `limit` reservations of all tenants that no job has ended. Answers with their number. */
export const expireOverdueOrders = (app: App, limit: number): Promise<number> => expireOverdue(app.pool, limit)
