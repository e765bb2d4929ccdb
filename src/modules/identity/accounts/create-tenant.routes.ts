import { operatorEndpoint } from '../tenants/declare-operator-endpoint.ts'
import { Tenant } from '../tenants/tenants.schemas.ts'
import { CreateTenant } from './create-tenant.schemas.ts'
import { createTenantByInvitation } from './first-admin.service.ts'

export const createTenantRoutes = [
  operatorEndpoint({
    id: 'createTenant',
    method: 'post',
    path: '/tenants',
    can: 'operator',
    tag: 'Tenants',
    summary: 'Create a tenant with its first admin',
    description:
      'The admin is mailed a link to set a password, in the first language of the tenant. The answer does not name that ' +
      'mail, because mails are written a moment later, from the events.',
    body: CreateTenant,
    responds: { 201: Tenant },
    responseHeaders: { Location: 'The path of the new tenant.' },
    fails: ['slug_taken'],
    handle: (call) => {
      const { admin, ...tenant } = call.body
      const { user_id: userId, ...person } = admin
      return createTenantByInvitation(call.app, call, tenant, { userId, ...person })
    },
    answer: (tenant) => ({ status: 201, body: tenant, headers: { Location: `/api/tenants/${tenant.slug}` } }),
  }),
]
