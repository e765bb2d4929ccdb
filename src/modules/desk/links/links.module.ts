import type { Module } from '../../../platform/module.ts'
import { linkRoutes } from './links.routes.ts'

export const links: Module = { name: 'desk/links', tenantTables: ['ticket_links', 'deleted_links'], routes: linkRoutes }
