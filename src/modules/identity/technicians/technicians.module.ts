import type { Module } from '../../../platform/module.ts'
import { technicianRoutes } from './technicians.routes.ts'

export const technicians: Module = {
  name: 'identity/technicians',
  tenantTables: ['technicians'],
  routes: technicianRoutes,
}
