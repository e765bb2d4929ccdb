import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { testWebhook } from './test-webhook.service.ts'
import {
  DeliveryList,
  DeliveryParams,
  DeliveryQuery,
  Heard,
  Resend,
  Resent,
  WebhookDelivery,
  WholeDelivery,
} from './webhook-deliveries.schemas.ts'
import {
  deliveryOrder,
  getDelivery,
  listWebhookDeliveries,
  resendDelivery,
  resendEvents,
} from './webhook-deliveries.service.ts'
import { WebhookParams } from './webhooks.schemas.ts'

const tag = 'Webhooks'

export const webhookDeliveryRoutes = [
  endpoint({
    id: 'listWebhookDeliveries',
    method: 'get',
    path: '/webhooks/:webhookId/deliveries',
    can: 'webhook:read',
    tag,
    summary: 'List what a webhook was told, and what waits',
    description:
      'The newest event first. They are kept for 30 days. Technicians read what was delivered and what failed; what waits ' +
      'or was skipped they may not see.',
    params: WebhookParams,
    query: DeliveryQuery,
    responds: { 200: DeliveryList },
    fails: ['webhook_not_found'],
    handle: async ({ app, actor, params, query }) => {
      const request = pageRequest(query, deliveryOrder, z.string().max(100))
      const { rows, page } = await listWebhookDeliveries(app, actor, params.webhookId, query, request)
      return { deliveries: rows, page }
    },
  }),
  endpoint({
    id: 'getWebhookDelivery',
    method: 'get',
    path: '/webhooks/:webhookId/deliveries/:deliveryId',
    can: 'webhook:read',
    tag,
    summary: 'Read a delivery with its attempts',
    params: DeliveryParams,
    responds: { 200: WholeDelivery },
    fails: ['webhook_not_found', 'delivery_not_found'],
    handle: ({ app, actor, params }) => getDelivery(app, actor, params.webhookId, params.deliveryId),
  }),
  endpoint({
    id: 'resendWebhookDelivery',
    method: 'post',
    path: '/webhooks/:webhookId/deliveries/:deliveryId/resend',
    can: 'webhook:send',
    tag,
    summary: 'Send one delivery once more',
    description:
      'The message has the same `webhook-id`, a new time, and the thing as it is then. A disabled webhook gets it when it ' +
      'is enabled.',
    params: DeliveryParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 202: WebhookDelivery },
    fails: ['webhook_not_found', 'delivery_not_found'],
    handle: (call) => resendDelivery(call.app, call, call.params.webhookId, call.params.deliveryId),
  }),
  endpoint({
    id: 'resendWebhookEvents',
    method: 'post',
    path: '/webhooks/:webhookId/resend',
    can: 'webhook:send',
    tag,
    summary: 'Send everything from an event, or a time, on once more',
    description:
      'In the order of the log: what was delivered, what failed, and what happened while the webhook was disabled. With ' +
      '`dry_run` it only says how many events that are. The sending goes on in the background.',
    params: WebhookParams,
    body: Resend,
    responds: { 202: Resent },
    fails: ['webhook_not_found'],
    handle: (call) => resendEvents(call.app, call, call.params.webhookId, call.body),
  }),
  endpoint({
    id: 'testWebhook',
    method: 'post',
    path: '/webhooks/:webhookId/test',
    can: 'webhook:send',
    tag,
    summary: 'Send a test message now, and see what the receiver says',
    description:
      'A message of the type `webhook.ping`, signed as all others, also to a disabled webhook. The answer comes within 20 ' +
      'seconds. What the receiver says is text of a stranger.',
    params: WebhookParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Heard },
    // A repetition is another test.
    secretAnswer: 'not_kept',
    fails: ['webhook_not_found', 'too_many_at_once'],
    handle: ({ app, actor, params }) => testWebhook(app, actor, params.webhookId),
  }),
]
