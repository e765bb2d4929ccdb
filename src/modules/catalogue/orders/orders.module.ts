import type { Module } from '../../../platform/module.ts'
import { expireOrderTask, expireOverdueOrders } from './expire-orders.service.ts'
import { orderRoutes } from './orders.routes.ts'

/** How long the expiry of one order may take. */
const expiryLimitMs = 60_000

export const orders: Module = {
  name: 'catalogue/orders',
  routes: orderRoutes,
  tenantTables: ['orders'],
  tasks: () => ({ expire_order: { work: expireOrderTask, limitMs: expiryLimitMs } }),
  // For orders whose job was lost, such as by a restore.
  cleanUps: [{ name: 'overdue_orders', batch: 500, step: expireOverdueOrders }],
}
