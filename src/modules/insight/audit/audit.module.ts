import type { Module } from '../../../platform/module.ts'
import { auditRoutes } from './audit.routes.ts'

export const audit: Module = { name: 'insight/audit', routes: auditRoutes }
