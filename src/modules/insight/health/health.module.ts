import type { Module } from '../../../platform/module.ts'
import { healthRoutes } from './health.routes.ts'

export const health: Module = { name: 'insight/health', routes: healthRoutes }
