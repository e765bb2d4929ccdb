import { z } from 'zod'
import { DeliveryState, WebhookDisabledReason } from './enums.ts'
import { define, type EventDefinition, fact } from './event-definition.ts'

const nothing = {}

/**
 * The part of the catalogue about webhooks: see `events.ts`. Of an address only its origin is told, because the path
 * may be a secret.
 */
export const webhookEventTypes = {
  /** `account_id`, here and where it is disabled: the owner, with whose rights the webhook is told of events. */
  'webhook.created': define('webhook', { details: { account_id: fact, url: fact } }),
  'webhook.updated': define('webhook', {
    changes: {
      url: fact,
      description: fact,
      types: z.array(fact).max(50),
      includes_internal: z.boolean(),
      is_ordered: z.boolean(),
    },
  }),
  'webhook.enabled': define('webhook', nothing),
  'webhook.disabled': define('webhook', { details: { reason: WebhookDisabledReason, account_id: fact, url: fact } }),
  /** A new secret signs from now on, beside the one before. */
  'webhook.secret_rotated': define('webhook', nothing),
  /** The secret before the last rotation does not sign any more. */
  'webhook.secret_ended': define('webhook', nothing),
  /** What the log has from a position on is told once more. */
  'webhook.resent': define('webhook', { details: { from_position: z.int() } }),
  /** One delivery is sent once more, with all its attempts. */
  'webhook.delivery_resent': define('webhook', {
    changes: { state: DeliveryState, attempts: z.int() },
    details: { position: z.int() },
  }),
  'webhook.deleted': define('webhook', nothing),
} as const satisfies Record<string, EventDefinition>
