import type { Module } from '../../../platform/module.ts'
import { historyRoutes } from './history.routes.ts'

export const history: Module = { name: 'insight/history', routes: historyRoutes }
