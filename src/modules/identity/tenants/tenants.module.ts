import type { Module } from '../../../platform/module.ts'
import { tenantRoutes } from './tenants.routes.ts'
import { getOpenTenantId, mappedHosts } from './tenants.service.ts'

export const tenants: Module = {
  name: 'identity/tenants',
  routes: tenantRoutes,
  findTenantId: getOpenTenantId,
  mappedHosts,
  tenantTables: ['tenants', 'counters'],
}
