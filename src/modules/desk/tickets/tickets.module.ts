import type { Module } from '../../../platform/module.ts'
import { openTickets } from '../../identity/technicians/technicians.schemas.ts'
import { presenceRoutes } from './presence.routes.ts'
import { presencePassing, startPresenceRunner } from './presence.service.ts'
import { ticketBoardRoutes } from './ticket-board.routes.ts'
import { ticketCountRoutes } from './ticket-counts.routes.ts'
import { ticketRoutes } from './tickets.routes.ts'
import { openTicketsOf } from './tickets.steps.ts'
import { deleteOldUndos } from './undos.service.ts'
import { refuseUnseenTickets } from './visible-ids.service.ts'
import { watcherRoutes } from './watchers.routes.ts'

export const tickets: Module = {
  name: 'desk/tickets',
  tenantTables: ['ticket_watchers', 'ticket_presence', 'undos'],
  routes: [...ticketCountRoutes, ...ticketBoardRoutes, ...ticketRoutes, ...watcherRoutes, ...presenceRoutes],
  passing: { presence: { can: 'presence:read', make: presencePassing } },
  runners: [startPresenceRunner],
  conditions: { [openTickets]: openTicketsOf },
  refuseUnseen: refuseUnseenTickets,
  cleanUps: [{ name: 'undos', batch: 5_000, step: deleteOldUndos }],
}
