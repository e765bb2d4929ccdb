import type { Module } from '../../../platform/module.ts'
import { customerRoutes, registrationRoutes } from './customers.routes.ts'

export const customers: Module = { name: 'identity/customers', routes: [...registrationRoutes, ...customerRoutes] }
