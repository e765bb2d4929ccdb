import type { Module } from '../../../platform/module.ts'
import { tagRoutes } from './tags.routes.ts'

export const tags: Module = { name: 'desk/tags', tenantTables: ['tags'], routes: tagRoutes }
