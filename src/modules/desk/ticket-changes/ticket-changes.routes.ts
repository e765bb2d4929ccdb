import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { withinQuotas } from '../../identity/accounts/quotas.service.ts'
import { ETag, ticketAnswer } from '../tickets/ticket-answer.ts'
import {
  CreateTicket,
  CreateTicketFor,
  Ticket,
  TicketParams,
  TicketsOfCustomerParams,
  UpdateTicket,
} from '../tickets/tickets.schemas.ts'
import { reopenOrCloseTicket, updateTicket } from './change-ticket.service.ts'
import { createTicket, createTicketForCustomer } from './create-ticket.service.ts'
import { deleteTicket } from './delete-ticket.service.ts'

const tag = 'Tickets'
const created = (ticket: Ticket) => ({
  status: 201,
  body: ticket,
  headers: { ETag: `"${ticket.version}"`, Location: `/api/tickets/${ticket.ticket_id}` },
})

const updateRules =
  'Members that are left out stay as they are. Assigning moves `new` to `assigned`; unassigning an unresolved ticket moves it ' +
  'to `new`; `resolved` needs a `resolution_summary`; `resolved` to `in_progress` reopens. Technicians may change ' +
  '`status`, `resolution_summary`, `priority` and `issue_category` of their tickets. They may take an unassigned ticket ' +
  'of their category with their own `technician_id`; `ticket_taken` says that a colleague was faster.'

const updateEndpoint = (method: 'put' | 'patch') =>
  endpoint({
    method,
    path: '/tickets/:ticketId',
    can: 'ticket:update',
    tag,
    summary: method === 'patch' ? 'Change a ticket that you have read (If-Match)' : 'Change a ticket',
    description: updateRules,
    params: TicketParams,
    body: UpdateTicket,
    needsIfMatch: method === 'patch',
    responds: { 200: Ticket },
    responseHeaders: ETag,
    fails: [
      'ticket_not_found',
      'ticket_taken',
      'stale_version',
      'illegal_transition',
      'ticket_closed',
      'technician_required',
      'technician_unavailable',
      'resolution_summary_required',
      'ticket_merged',
      'children_open',
    ],
    handle: (call) => updateTicket(call.app, call, call.params.ticketId, call.ifMatch, call.body),
    answer: ticketAnswer(200),
  })

const moveEndpoint = (verb: 'reopen' | 'close', status: 'in_progress' | 'closed', rule: string) =>
  endpoint({
    method: 'post',
    path: `/tickets/:ticketId/${verb}`,
    can: `ticket:${verb}`,
    tag,
    summary: `${verb === 'reopen' ? 'Reopen' : 'Close'} a resolved ticket`,
    description: `For the customer and the technician of the ticket, and for admins. ${rule}`,
    params: TicketParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Ticket },
    responseHeaders: ETag,
    fails: ['ticket_not_found', 'ticket_closed', 'illegal_transition', 'ticket_merged', 'children_open'],
    handle: (call) => reopenOrCloseTicket(call.app, call, call.params.ticketId, status),
    answer: ticketAnswer(200),
  })

export const ticketChangeRoutes = [
  endpoint({
    method: 'post',
    path: '/tickets',
    can: 'ticket:create',
    tag,
    summary: 'Create a ticket',
    description: 'Customers create tickets for themselves, admins for the customer in `customer_id`.',
    body: CreateTicket,
    responds: { 201: Ticket },
    responseHeaders: { ...ETag, Location: 'The path of the new ticket.' },
    fails: ['customer_unavailable', 'follow_up_unavailable', 'quota_exceeded'],
    handle: (call) => {
      const { customer_id, ...ticket } = call.body
      return withinQuotas(call.app, call.actor, { tickets: 1 }, () => createTicket(call.app, call, ticket, customer_id))
    },
    answer: created,
  }),
  endpoint({
    method: 'post',
    path: '/tickets/customer/:customerId',
    can: 'ticket:create',
    tag,
    summary: 'Create a ticket for a customer',
    params: TicketsOfCustomerParams,
    body: CreateTicketFor,
    responds: { 201: Ticket },
    responseHeaders: { ...ETag, Location: 'The path of the new ticket.' },
    fails: ['customer_not_found', 'customer_unavailable', 'follow_up_unavailable', 'quota_exceeded'],
    handle: (call) =>
      withinQuotas(call.app, call.actor, { tickets: 1 }, () =>
        createTicketForCustomer(call.app, call, call.body, call.params.customerId),
      ),
    answer: created,
  }),
  updateEndpoint('put'),
  updateEndpoint('patch'),
  moveEndpoint('reopen', 'in_progress', 'A closed ticket stays closed.'),
  moveEndpoint('close', 'closed', 'The ticket stays closed for good.'),
  endpoint({
    method: 'delete',
    path: '/tickets/:ticketId',
    can: 'ticket:delete',
    tag,
    summary: 'Delete a ticket',
    description:
      'Takes the ticket out of every list and answer, and keeps it for the audit. Its number is never used again. A ticket ' +
      'that other tickets are merged into cannot be deleted.',
    params: TicketParams,
    responds: { 204: null },
    fails: ['ticket_not_found', 'ticket_has_merged'],
    handle: (call) => deleteTicket(call.app, call, call.params.ticketId),
  }),
]
