import type { Module } from '../../../platform/module.ts'
import { settingsRoutes } from './settings.routes.ts'
import { tenantRoutes } from './tenant.routes.ts'

export const settings: Module = { name: 'identity/settings', routes: [...settingsRoutes, ...tenantRoutes] }
