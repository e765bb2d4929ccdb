import type { Module } from '../../../platform/module.ts'
import { categoryRoutes } from './categories.routes.ts'

export const categories: Module = { name: 'desk/categories', routes: categoryRoutes }
