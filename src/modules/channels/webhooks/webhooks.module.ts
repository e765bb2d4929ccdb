import type { Module } from '../../../platform/module.ts'
import { webhookDeliveryRoutes } from './webhook-deliveries.routes.ts'
import { webhookFollower } from './webhook-follower.service.ts'
import { startWebhookRunner } from './webhook-runner.service.ts'
import { webhookRoutes } from './webhooks.routes.ts'

export const webhooks: Module = {
  name: 'channels/webhooks',
  routes: [...webhookRoutes, ...webhookDeliveryRoutes],
  followers: [webhookFollower],
  runners: [startWebhookRunner],
}
