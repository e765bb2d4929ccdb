import type { Module } from '../../../platform/module.ts'
import { getTenantId, mappedHosts } from './tenants.service.ts'

export const tenants: Module = { name: 'identity/tenants', findTenantId: getTenantId, mappedHosts }
