import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { withinQuotas } from '../../identity/accounts/quotas.service.ts'
import {
  CloseOrReopen,
  CreateTicket,
  CreateTicketFor,
  Ticket,
  TicketParams,
  TicketsOfCustomerParams,
  ticketParams,
} from '../tickets/tickets.schemas.ts'
import { undoable } from '../tickets/undos.service.ts'
import { closeTicket, reopenTicket } from './change-ticket.service.ts'
import { createTicket, createTicketForCustomer } from './create-ticket.service.ts'
import { deleteTicket } from './delete-ticket.service.ts'
import { restoreTicket } from './restore-ticket.service.ts'

const tag = 'Tickets'
const created = (ticket: Ticket) => ({
  status: 201,
  body: ticket,
  headers: { Location: `/api/tickets/${ticket.ticket_id}` },
})

const reopenAndClose = {
  body: CloseOrReopen,
  bodyOptional: true,
  responds: { 200: Ticket },
}

export const ticketChangeRoutes = [
  endpoint({
    id: 'createTicket',
    method: 'post',
    path: '/tickets',
    can: 'ticket:create',
    tag,
    summary: 'Create a ticket',
    description:
      'Customers create tickets for themselves, the staff for the customer in `customer_id`, with the `source`: how the ' +
      'customer reached the desk. Admins may give the ticket a `technician_id` and `tags` at once. Technicians may take a ' +
      'ticket of their category at once, and watch every other ticket that they create.',
    body: CreateTicket,
    responds: { 201: Ticket },
    responseHeaders: { Location: 'The path of the new ticket.' },
    // For a repeated request whose ticket the caller does not see any more.
    fails: [
      'ticket_not_found',
      'customer_unavailable',
      'technician_unavailable',
      'follow_up_unavailable',
      'quota_exceeded',
    ],
    handle: (call) => {
      const { customer_id, ...ticket } = call.body
      return withinQuotas(call.app, call.actor, { tickets: 1 }, () => createTicket(call.app, call, ticket, customer_id))
    },
    answer: created,
  }),
  endpoint({
    id: 'createTicketForCustomer',
    method: 'post',
    path: '/tickets/customer/:customerId',
    can: 'ticket:create',
    tag,
    summary: 'Create a ticket for a customer',
    params: TicketsOfCustomerParams,
    body: CreateTicketFor,
    responds: { 201: Ticket },
    responseHeaders: { Location: 'The path of the new ticket.' },
    fails: [
      'customer_not_found',
      'ticket_not_found',
      'customer_unavailable',
      'technician_unavailable',
      'follow_up_unavailable',
      'quota_exceeded',
    ],
    handle: (call) =>
      withinQuotas(call.app, call.actor, { tickets: 1 }, () =>
        createTicketForCustomer(call.app, call, call.body, call.params.customerId),
      ),
    answer: created,
  }),
  endpoint({
    ...reopenAndClose,
    params: ticketParams('TKT0186'),
    id: 'reopenTicket',
    method: 'post',
    path: '/tickets/:ticketId/reopen',
    can: 'ticket:reopen',
    tag,
    summary: 'Reopen a resolved ticket',
    description:
      'For the customer and the technician of the ticket, and for admins. A closed ticket stays closed. The summary of the ' +
      'resolution is cleared, and stays in the history. When the technician is deactivated, the ticket is `new` again. ' +
      'The customer reads the `reason`.',
    fails: ['ticket_not_found', 'ticket_closed', 'illegal_transition', 'ticket_merged'],
    handle: async (call) => {
      const act = await undoable(call.app, call, call.body?.undo_seconds)
      return reopenTicket(call.app, act, call.params.ticketId, call.body?.reason)
    },
  }),
  endpoint({
    ...reopenAndClose,
    params: ticketParams('TKT0200'),
    id: 'closeTicket',
    method: 'post',
    path: '/tickets/:ticketId/close',
    can: 'ticket:close',
    tag,
    summary: 'Close a ticket',
    description:
      'For admins and the customer of the ticket from every status, for its technician when it is `resolved`. The ticket stays ' +
      'closed for good. When it was not resolved, it has no `resolved_date` and no `resolution_summary`. ' +
      'The customer reads the `reason`.',
    fails: ['ticket_not_found', 'ticket_closed', 'illegal_transition', 'ticket_merged', 'children_open'],
    handle: async (call) => {
      const act = await undoable(call.app, call, call.body?.undo_seconds)
      return closeTicket(call.app, act, call.params.ticketId, call.body?.reason)
    },
  }),
  endpoint({
    id: 'deleteTicket',
    method: 'delete',
    path: '/tickets/:ticketId',
    can: 'ticket:delete',
    tag,
    summary: 'Delete a ticket',
    description:
      'Takes the ticket out of every list and answer, with its files, and with the tickets that are merged into it. It can ' +
      'be restored for the setting `deleted_days`; then its files are removed for good. The audit keeps it, and its number is never ' +
      'used again.',
    params: TicketParams,
    responds: { 204: null },
    fails: ['ticket_not_found'],
    handle: (call) => deleteTicket(call.app, call, call.params.ticketId),
  }),
  endpoint({
    id: 'restoreTicket',
    method: 'post',
    path: '/tickets/:ticketId/restore',
    can: 'ticket:restore',
    tag,
    summary: 'Restore a deleted ticket',
    description:
      'Brings the ticket back, with its files, tags and links, and with the tickets that were deleted with it. ' +
      '`GET /tickets?deleted=true` lists the tickets that can be restored. The warning `links_not_restored` names links ' +
      'that could not come back. An unresolved ticket whose technician has been deactivated is `new` again.',
    params: TicketParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Ticket },
    fails: [
      'ticket_not_found',
      'ticket_not_deleted',
      'ticket_gone',
      'ticket_target_deleted',
      'merge_too_large',
      'too_many_watchers',
    ],
    handle: (call) => restoreTicket(call.app, call, call.params.ticketId),
  }),
]
