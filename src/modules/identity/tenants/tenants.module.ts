import type { Module } from '../../../platform/module.ts'
import { tenantRoutes } from './tenants.routes.ts'
import { getOpenTenantId } from './tenants.service.ts'

export const tenants: Module = {
  name: 'identity/tenants',
  routes: tenantRoutes,
  findTenantId: getOpenTenantId,
  tenantTables: ['tenants', 'counters'],
}
