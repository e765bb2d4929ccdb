import type { Module } from '../../../platform/module.ts'
import { handlingRoutes } from './handling.routes.ts'

export const handling: Module = { name: 'desk/handling', routes: handlingRoutes }
