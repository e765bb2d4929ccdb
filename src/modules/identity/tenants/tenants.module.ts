import type { Module } from '../../../platform/module.ts'
import { usualLanguage } from './tenant-settings.service.ts'
import { tenantRoutes } from './tenants.routes.ts'
import { getOpenTenantId, getTenantId, mappedHosts } from './tenants.service.ts'

export const tenants: Module = {
  name: 'identity/tenants',
  routes: tenantRoutes,
  findTenantId: getOpenTenantId,
  findAnyTenantId: getTenantId,
  mappedHosts,
  usualLanguage,
  tenantTables: ['tenants', 'counters'],
}
