import type { Module } from '../../../platform/module.ts'
import { ticketCountRoutes } from './ticket-counts.routes.ts'
import { ticketRoutes } from './tickets.routes.ts'
import { refuseUnseenTickets } from './visible-ids.service.ts'
import { watcherRoutes } from './watchers.routes.ts'

export const tickets: Module = {
  name: 'desk/tickets',
  routes: [...ticketCountRoutes, ...ticketRoutes, ...watcherRoutes],
  refuseUnseen: refuseUnseenTickets,
}
