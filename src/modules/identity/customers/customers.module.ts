import type { Module } from '../../../platform/module.ts'
import { customerRoutes } from './customers.routes.ts'
import { registrationRoutes } from './registration.routes.ts'
import { deleteOldRegistrations } from './registrations.service.ts'

export const customers: Module = {
  name: 'identity/customers',
  tenantTables: ['customers', 'registrations'],
  routes: [...registrationRoutes, ...customerRoutes],
  cleanUps: [{ name: 'registrations', batch: 5_000, step: deleteOldRegistrations }],
}
