import type { Module } from '../../../platform/module.ts'
import { closeTicketsInTime } from './close-tickets.service.ts'
import { mergeTicketRoutes } from './merge-tickets.routes.ts'
import { moveTicketRoutes } from './move-ticket.routes.ts'
import { tagTicketRoutes } from './tag-ticket.routes.ts'
import { ticketChangeRoutes } from './ticket-changes.routes.ts'

/** Ten minutes, for all tickets of all tenants that are due at once. */
const closingLimitMs = 600_000

export const ticketChanges: Module = {
  name: 'desk/ticket-changes',
  tenantTables: ['tickets'],
  routes: [...ticketChangeRoutes, ...mergeTicketRoutes, ...moveTicketRoutes, ...tagTicketRoutes],
  tasks: () => ({ close_resolved_tickets: { work: closeTicketsInTime, limitMs: closingLimitMs } }),
  schedules: [{ schedule: '*/5 * * * *', task: 'close_resolved_tickets' }],
}
