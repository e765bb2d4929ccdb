import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { NoBody } from '../../../platform/schemas.ts'
import { operatorEndpoint } from './declare-operator-endpoint.ts'
import {
  changeTenant,
  getTenantWithUsage,
  listPlatformLog,
  listTenants,
  logOrder,
  requestDeletion,
  restoreTenant,
  resumeTenant,
  suspendTenant,
  tenantOrder,
} from './manage-tenants.service.ts'
import { PlatformLog, PlatformLogQuery } from './platform-log.schemas.ts'
import {
  ChangeTenant,
  ConfirmDeletion,
  Tenant,
  TenantList,
  TenantParams,
  TenantQuery,
  TenantSlug,
} from './tenants.schemas.ts'

const tag = 'Tenants'
const can = 'operator'

export const tenantRoutes = [
  operatorEndpoint({
    id: 'listTenants',
    method: 'get',
    path: '/tenants',
    can,
    tag,
    summary: 'List the tenants, each with its usage',
    description: 'In the order of their slugs.',
    query: TenantQuery,
    responds: { 200: TenantList },
    fails: ['query_too_broad'],
    handle: async ({ app, query }) => {
      const { rows, page } = await listTenants(app, query, pageRequest(query, tenantOrder, TenantSlug))
      return { tenants: rows, page }
    },
  }),
  operatorEndpoint({
    id: 'listPlatformLog',
    method: 'get',
    path: '/tenants/log',
    can,
    tag,
    summary: 'List what was done with tenants',
    description:
      'Who created, renamed, suspended and deleted which tenant, newest first. Entries are kept for good, also those of ' +
      'deleted tenants.',
    query: PlatformLogQuery,
    responds: { 200: PlatformLog },
    handle: async ({ app, query }) => {
      const { rows, page } = await listPlatformLog(app, query.slug, pageRequest(query, logOrder, z.int().positive()))
      return { entries: rows, page }
    },
  }),
  operatorEndpoint({
    id: 'getTenant',
    method: 'get',
    path: '/tenants/:slug',
    can,
    tag,
    summary: 'Read a tenant, with its usage',
    params: TenantParams,
    responds: { 200: Tenant },
    fails: ['tenant_not_found'],
    handle: ({ app, params }) => getTenantWithUsage(app, app.pool, params.slug),
  }),
  operatorEndpoint({
    id: 'updateTenant',
    method: 'patch',
    path: '/tenants/:slug',
    can,
    tag,
    summary: 'Rename a tenant, or map a host',
    description:
      'The slug stays for good. A host must lead to this program, and the proxy must have a certificate for it; then ' +
      'the links of mails begin with it.',
    params: TenantParams,
    body: ChangeTenant,
    responds: { 200: Tenant },
    fails: ['tenant_not_found', 'host_taken'],
    handle: (call) => changeTenant(call.app, call, call.params.slug, call.body),
  }),
  operatorEndpoint({
    id: 'suspendTenant',
    method: 'post',
    path: '/tenants/:slug/suspend',
    can,
    tag,
    summary: 'Suspend a tenant',
    description:
      'Within two seconds nobody signs in, and sessions, API tokens and jobs of the tenant do nothing. Mails that wait are ' +
      'held. The data stays, and everything goes on with `POST /tenants/{slug}/resume`.',
    params: TenantParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Tenant },
    fails: ['tenant_not_found', 'default_tenant_stays', 'tenant_deleting'],
    handle: (call) => suspendTenant(call.app, call, call.params.slug),
  }),
  operatorEndpoint({
    id: 'resumeTenant',
    method: 'post',
    path: '/tenants/:slug/resume',
    can,
    tag,
    summary: 'Let a suspended tenant go on',
    params: TenantParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Tenant },
    fails: ['tenant_not_found', 'tenant_deleting'],
    handle: (call) => resumeTenant(call.app, call, call.params.slug),
  }),
  operatorEndpoint({
    id: 'deleteTenant',
    method: 'delete',
    path: '/tenants/:slug',
    can,
    tag,
    summary: 'Delete a tenant with all its data, after a time in which that can be taken back',
    description:
      'The tenant is suspended at once. After `deleted_after` a job deletes its rows, its log and its files. The slug is ' +
      'never given to another tenant.',
    params: TenantParams,
    query: ConfirmDeletion,
    responds: { 202: Tenant },
    fails: ['tenant_not_found', 'default_tenant_stays'],
    handle: (call) => requestDeletion(call.app, call, call.params.slug, call.query.confirm),
  }),
  operatorEndpoint({
    id: 'restoreTenant',
    method: 'post',
    path: '/tenants/:slug/restore',
    can,
    tag,
    summary: 'Take the deletion of a tenant back',
    description: 'The tenant is active or suspended, as it was before.',
    params: TenantParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Tenant },
    fails: ['tenant_not_found', 'tenant_not_deleting', 'tenant_gone'],
    handle: (call) => restoreTenant(call.app, call, call.params.slug),
  }),
]
