import type { Module } from '../../../platform/module.ts'
import { countHeldDeliveries } from './restored-deliveries.service.ts'
import { webhookDeliveryRoutes } from './webhook-deliveries.routes.ts'
import { webhookFollower } from './webhook-follower.service.ts'
import { startWebhookRunner } from './webhook-runner.service.ts'
import {
  disableOwnerless,
  forgetSecrets,
  removeDeletedWebhooks,
  removeOldDeliveries,
  sealAnew,
} from './webhook-upkeep.service.ts'
import { webhookRoutes } from './webhooks.routes.ts'

export const webhooks: Module = {
  name: 'channels/webhooks',
  routes: [...webhookRoutes, ...webhookDeliveryRoutes],
  followers: [webhookFollower],
  runners: [startWebhookRunner],
  tenantTables: ['webhooks', 'webhook_deliveries', 'webhook_attempts'],
  prepare: sealAnew,
  gauges: [
    {
      name: 'counterdesk_webhook_deliveries_held',
      help: 'Deliveries held since a restore.',
      read: countHeldDeliveries,
    },
  ],
  cleanUps: [
    { name: 'webhook_deliveries', batch: 1_000, step: removeOldDeliveries },
    { name: 'deleted_webhooks', batch: 1_000, step: removeDeletedWebhooks },
    { name: 'ownerless_webhooks', batch: 100, step: disableOwnerless },
    { name: 'webhook_secrets', batch: 100, step: forgetSecrets },
  ],
}
