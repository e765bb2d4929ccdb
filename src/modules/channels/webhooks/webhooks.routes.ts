import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import {
  CreatedWebhook,
  CreateWebhook,
  previousHours,
  UpdateWebhook,
  Webhook,
  WebhookList,
  WebhookParams,
  WebhookQuery,
  WebhookSecret,
  webhooksAtMost,
  webhooksOfTechnicianAtMost,
} from './webhooks.schemas.ts'
import {
  createNextSecret,
  createWebhook,
  deletePreviousSecret,
  deleteWebhook,
  getWebhook,
  listVisibleWebhooks,
  updateWebhook,
  webhookOrder,
} from './webhooks.service.ts'

const tag = 'Webhooks'

/** PUT and PATCH do the same: members that are left out stay as they are. */
const updateEndpoint = (method: 'put' | 'patch') =>
  endpoint({
    id: method === 'patch' ? 'updateWebhook' : 'putWebhook',
    method,
    path: '/webhooks/:webhookId',
    can: 'webhook:manage',
    needsSession: true,
    tag,
    summary: 'Change, disable or enable a webhook',
    description:
      'Members that are left out stay as they are, and the webhook may be sent back whole. Enabling sends what waited. What ' +
      'happened while it was disabled is told by `POST /webhooks/{webhookId}/resend` only.',
    params: WebhookParams,
    body: UpdateWebhook,
    echoes: Webhook,
    takesIfMatch: true,
    responds: { 200: Webhook },
    fails: ['webhook_not_found', 'stale_version'],
    handle: (call) => {
      const { body: change, ifMatch, echoed } = call
      return updateWebhook(call.app, call, call.params.webhookId, { change, ifMatch, echoed })
    },
  })

export const webhookRoutes = [
  endpoint({
    id: 'listWebhooks',
    method: 'get',
    path: '/webhooks',
    can: 'webhook:read',
    tag,
    summary: 'List webhooks',
    description:
      'In the order of their numbers: admins see all of the tenant, technicians their own. No secret is shown.',
    query: WebhookQuery,
    responds: { 200: WebhookList },
    // An address may hold a secret of its receiver, and others have written descriptions beside it.
    mixesSecrets: true,
    handle: async ({ app, actor, query }) => {
      const request = pageRequest(query, webhookOrder, z.int())
      const { rows, page } = await listVisibleWebhooks(app, actor, query, request)
      return { webhooks: rows, page }
    },
  }),
  endpoint({
    id: 'createWebhook',
    method: 'post',
    path: '/webhooks',
    can: 'webhook:manage',
    needsSession: true,
    tag,
    summary: 'Create a webhook: an address that is told of events',
    description:
      'From now on events are posted to the address, signed as Standard Webhooks 1.0 has it. It is told what you may see, ' +
      'at the moment of sending; when you lose your account, it is disabled. The secret is shown in this answer only. A ' +
      `tenant has at most ${webhooksAtMost} webhooks, a technician ${webhooksOfTechnicianAtMost}.`,
    body: CreateWebhook,
    responds: { 201: CreatedWebhook },
    responseHeaders: { Location: 'The path of the new webhook.' },
    mixesSecrets: true,
    secretAnswer: { without: 'secret' },
    fails: ['too_many_webhooks'],
    handle: (call) => createWebhook(call.app, call, call.body),
    answer: (made) => ({ status: 201, body: made, headers: { Location: `/api/webhooks/${made.webhook_id}` } }),
  }),
  endpoint({
    id: 'getWebhook',
    method: 'get',
    path: '/webhooks/:webhookId',
    can: 'webhook:read',
    tag,
    summary: 'Read a webhook, and how it fares',
    params: WebhookParams,
    responds: { 200: Webhook },
    fails: ['webhook_not_found'],
    handle: ({ app, actor, params }) => getWebhook(app.pool, actor, params.webhookId),
  }),
  updateEndpoint('put'),
  updateEndpoint('patch'),
  endpoint({
    id: 'deleteWebhook',
    method: 'delete',
    path: '/webhooks/:webhookId',
    can: 'webhook:manage',
    needsSession: true,
    tag,
    summary: 'Delete a webhook',
    description: 'Nothing more is sent to it, also not what waits.',
    params: WebhookParams,
    takesIfMatch: true,
    responds: { 204: null },
    fails: ['webhook_not_found', 'stale_version'],
    handle: (call) => deleteWebhook(call.app, call, call.params.webhookId, call.ifMatch),
  }),
  endpoint({
    id: 'createWebhookSecret',
    method: 'post',
    path: '/webhooks/:webhookId/secrets',
    can: 'webhook:manage',
    needsSession: true,
    tag,
    summary: 'Make a new secret of a webhook',
    description:
      `Each message is signed with it, and for ${previousHours} hours with the secret before as well. One that was before ` +
      'these two ends at once. The secret is shown in this answer only.',
    params: WebhookParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 201: WebhookSecret },
    mixesSecrets: true,
    secretAnswer: { without: 'secret' },
    fails: ['webhook_not_found'],
    handle: (call) => createNextSecret(call.app, call, call.params.webhookId),
  }),
  endpoint({
    id: 'deletePreviousWebhookSecret',
    method: 'delete',
    path: '/webhooks/:webhookId/secrets/previous',
    can: 'webhook:manage',
    needsSession: true,
    tag,
    summary: 'End the secret before the last one now',
    description: 'Without such a secret nothing changes.',
    params: WebhookParams,
    responds: { 204: null },
    fails: ['webhook_not_found'],
    handle: (call) => deletePreviousSecret(call.app, call, call.params.webhookId),
  }),
]
