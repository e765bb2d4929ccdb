import type { Module } from '../../../platform/module.ts'
import { ticketRoutes } from './tickets.routes.ts'
import { watcherRoutes } from './watchers.routes.ts'

export const tickets: Module = { name: 'desk/tickets', routes: [...ticketRoutes, ...watcherRoutes] }
