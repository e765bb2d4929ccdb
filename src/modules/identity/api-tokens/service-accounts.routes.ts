import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { endpoint } from '../accounts/declare-endpoint.ts'
import { codeErrors } from '../sign-in/prove-again.service.ts'
import { CreateApiToken, CreatedApiToken } from './api-tokens.schemas.ts'
import {
  CreateServiceAccount,
  ServiceAccount,
  ServiceAccountList,
  ServiceAccountParams,
  ServiceAccountQuery,
  UpdateServiceAccount,
} from './service-accounts.schemas.ts'
import {
  createService,
  createServiceToken,
  deactivateService,
  getService,
  listAllServices,
  serviceOrder,
  updateService,
} from './service-accounts.service.ts'

const tag = 'Service accounts'
const can = 'service-account:manage'

export const serviceAccountRoutes = [
  endpoint({
    id: 'listServiceAccounts',
    method: 'get',
    path: '/service-accounts',
    can,
    needsSession: true,
    tag,
    summary: 'List service accounts',
    description: 'In the order of their numbers.',
    query: ServiceAccountQuery,
    responds: { 200: ServiceAccountList },
    handle: async ({ app, actor, query }) => {
      const { rows, page } = await listAllServices(app, actor, query, pageRequest(query, serviceOrder, z.int()))
      return { service_accounts: rows, page }
    },
  }),
  endpoint({
    id: 'createServiceAccount',
    method: 'post',
    path: '/service-accounts',
    can,
    needsSession: true,
    tag,
    summary: 'Create a service account, for a program that acts for nobody',
    description:
      'It has a role and a name, and no password and no address: it signs in by API tokens only, gets no mail, has no ' +
      'tickets, watches none, and is not counted among the admins that a tenant must have.',
    body: CreateServiceAccount,
    responds: { 201: ServiceAccount },
    responseHeaders: { Location: 'The path of the new service account.' },
    handle: (call) => createService(call.app, call, call.body),
    answer: (service) => ({
      status: 201,
      body: service,
      headers: { Location: `/api/service-accounts/${service.account_id}` },
    }),
  }),
  endpoint({
    id: 'getServiceAccount',
    method: 'get',
    path: '/service-accounts/:serviceId',
    can,
    needsSession: true,
    tag,
    summary: 'Read a service account',
    params: ServiceAccountParams,
    responds: { 200: ServiceAccount },
    fails: ['service_account_not_found'],
    handle: ({ app, actor, params }) => getService(app.pool, actor, params.serviceId),
  }),
  endpoint({
    id: 'updateServiceAccount',
    method: 'patch',
    path: '/service-accounts/:serviceId',
    can,
    needsSession: true,
    tag,
    summary: 'Change the name or the category of a service account',
    description: 'The role stays: create another service account for another role.',
    params: ServiceAccountParams,
    body: UpdateServiceAccount,
    responds: { 200: ServiceAccount },
    fails: ['service_account_not_found'],
    handle: (call) => updateService(call.app, call, call.params.serviceId, call.body),
  }),
  endpoint({
    id: 'deactivateServiceAccount',
    method: 'delete',
    path: '/service-accounts/:serviceId',
    can,
    needsSession: true,
    tag,
    summary: 'Deactivate a service account',
    description: 'Its API tokens end at once. It does not come back: create another one.',
    params: ServiceAccountParams,
    responds: { 204: null },
    fails: ['service_account_not_found'],
    handle: (call) => deactivateService(call.app, call, call.params.serviceId),
  }),
  endpoint({
    id: 'createServiceToken',
    method: 'post',
    path: '/service-accounts/:serviceId/api-tokens',
    can,
    needsSession: true,
    tag,
    summary: 'Create an API token of a service account',
    description:
      'The token is shown in this answer only. `GET /api-tokens?account_id=SVC0001` lists the tokens of a service account.',
    params: ServiceAccountParams,
    body: CreateApiToken,
    responds: { 201: CreatedApiToken },
    responseHeaders: { Location: 'The path of the new token.' },
    mixesSecrets: true,
    secretAnswer: { without: 'token' },
    fails: ['service_account_not_found', 'service_account_deactivated', 'too_many_api_tokens', ...codeErrors],
    signInLimit: { account: null, kind: 'proof' },
    handle: (call) => createServiceToken(call.app, call, call.params.serviceId, call.body),
    answer: (made) => ({ status: 201, body: made, headers: { Location: `/api/api-tokens/${made.token_id}` } }),
  }),
]
