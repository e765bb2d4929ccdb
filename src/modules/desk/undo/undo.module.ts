import type { Module } from '../../../platform/module.ts'
import { undoRoutes } from './undo.routes.ts'

export const undo: Module = { name: 'desk/undo', routes: undoRoutes }
