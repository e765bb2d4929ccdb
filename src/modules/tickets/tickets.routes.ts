import { z } from 'zod'
import { type PageRequest, pageRequest } from '../../platform/paging.ts'
import { moment } from '../../platform/schemas.ts'
import { NoBody } from '../auth/auth.schemas.ts'
import { endpoint } from '../auth/endpoint.ts'
import { TechnicianParams } from '../technicians/technicians.schemas.ts'
import { deactivateTechnician } from './technician-deactivation.service.ts'
import { createTicket, createTicketForCustomer } from './ticket-creation.service.ts'
import {
  CreateTicket,
  CreateTicketFor,
  Ticket,
  type TicketKey,
  TicketList,
  TicketParams,
  TicketQuery,
  type TicketSort,
  TicketsOfCustomerParams,
  TicketsOfOneQuery,
  TicketsOfTechnicianParams,
  UpdateTicket,
} from './tickets.schemas.ts'
import {
  deleteTicket,
  getTicket,
  listTicketsOfCustomer,
  listTicketsOfTechnician,
  listVisibleTickets,
  reopenOrCloseTicket,
  updateTicket,
} from './tickets.service.ts'

const tag = 'Tickets'
const ETag = { ETag: 'The version, for If-Match.' }
const withETag = (status: number) => (ticket: Ticket) => ({
  status,
  body: ticket,
  headers: { ETag: `"${ticket.version}"` },
})
const created = (ticket: Ticket) => ({
  status: 201,
  body: ticket,
  headers: { ETag: `"${ticket.version}"`, Location: `/api/tickets/${ticket.ticket_id}` },
})

const ranks = z.int().min(1).max(4)
const pageOfTickets = (query: {
  limit?: number
  cursor?: string
  sort?: TicketSort
}): { sort: TicketSort; page: PageRequest<TicketKey> } => {
  const sort = query.sort ?? '-raised_date'
  const value = sort === '-priority' ? ranks : moment
  return { sort, page: pageRequest(query, sort, z.tuple([value, z.int().positive()])) }
}

const updateRules =
  'Members left out stay as they are. Assigning moves `new` to `assigned`; unassigning an unresolved ticket moves it ' +
  'to `new`; `resolved` needs a `resolution_summary`; `resolved` to `in_progress` reopens. Technicians may change ' +
  '`status`, `resolution_summary`, `priority` and `issue_category` of their tickets, and take an unassigned one of ' +
  'their category with their own `technician_id`.'

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
    answer: withETag(200),
  })

const moveEndpoint = (verb: 'reopen' | 'close', status: 'in_progress' | 'closed', rule: string) =>
  endpoint({
    method: 'post',
    path: `/tickets/:ticketId/${verb}`,
    can: `ticket:${verb}`,
    tag,
    summary: `${verb === 'reopen' ? 'Reopen' : 'Close'} a resolved ticket`,
    description: `Its customer, its technician and admins may. ${rule}`,
    params: TicketParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Ticket },
    responseHeaders: ETag,
    fails: ['ticket_not_found', 'ticket_closed', 'illegal_transition', 'ticket_merged', 'children_open'],
    handle: (call) => reopenOrCloseTicket(call.app, call, call.params.ticketId, status),
    answer: withETag(200),
  })

export const ticketRoutes = [
  endpoint({
    method: 'post',
    path: '/tickets',
    can: 'ticket:create',
    tag,
    summary: 'Raise a ticket',
    description: 'Customers for themselves; admins for the customer in `customer_id`.',
    body: CreateTicket,
    responds: { 201: Ticket },
    responseHeaders: { ...ETag, Location: 'The path of the new ticket.' },
    fails: ['customer_unavailable', 'follow_up_unavailable'],
    handle: (call) => {
      const { customer_id, ...ticket } = call.body
      return createTicket(call.app, call, ticket, customer_id)
    },
    answer: created,
  }),
  endpoint({
    method: 'post',
    path: '/tickets/customer/:customerId',
    can: 'ticket:create',
    tag,
    summary: 'Raise a ticket for a customer',
    params: TicketsOfCustomerParams,
    body: CreateTicketFor,
    responds: { 201: Ticket },
    responseHeaders: { ...ETag, Location: 'The path of the new ticket.' },
    fails: ['customer_not_found', 'customer_unavailable', 'follow_up_unavailable'],
    handle: (call) => createTicketForCustomer(call.app, call, call.body, call.params.customerId),
    answer: created,
  }),
  endpoint({
    method: 'get',
    path: '/tickets',
    can: 'ticket:list',
    tag,
    summary: 'List tickets',
    description:
      'Admins see all; technicians theirs, the unassigned ones of their category and those they watch; customers their own.',
    query: TicketQuery,
    responds: { 200: TicketList },
    handle: async ({ app, actor, query }) => {
      const { sort, page } = pageOfTickets(query)
      const found = await listVisibleTickets(app, actor, query, sort, page)
      return { tickets: found.rows, page: found.page }
    },
  }),
  endpoint({
    method: 'get',
    path: '/tickets/customer/:customerId',
    can: 'ticket:list-of-customer',
    tag,
    summary: 'List the tickets of a customer',
    params: TicketsOfCustomerParams,
    query: TicketsOfOneQuery,
    responds: { 200: TicketList },
    fails: ['customer_not_found'],
    handle: async ({ app, actor, params, query }) => {
      const { sort, page } = pageOfTickets(query)
      const found = await listTicketsOfCustomer(app, actor, params.customerId, query, sort, page)
      return { tickets: found.rows, page: found.page }
    },
  }),
  endpoint({
    method: 'get',
    path: '/tickets/technician/:technicianId',
    can: 'ticket:list-of-technician',
    tag,
    summary: 'List the tickets of a technician',
    params: TicketsOfTechnicianParams,
    query: TicketsOfOneQuery,
    responds: { 200: TicketList },
    fails: ['technician_not_found'],
    handle: async ({ app, actor, params, query }) => {
      const { sort, page } = pageOfTickets(query)
      const found = await listTicketsOfTechnician(app, actor, params.technicianId, query, sort, page)
      return { tickets: found.rows, page: found.page }
    },
  }),
  endpoint({
    method: 'get',
    path: '/tickets/:ticketId',
    can: 'ticket:read',
    tag,
    summary: 'Read a ticket',
    params: TicketParams,
    responds: { 200: Ticket },
    responseHeaders: ETag,
    fails: ['ticket_not_found'],
    handle: ({ app, actor, params }) => getTicket(app, actor, params.ticketId),
    answer: withETag(200),
  }),
  updateEndpoint('put'),
  updateEndpoint('patch'),
  moveEndpoint('reopen', 'in_progress', 'A closed ticket stays closed.'),
  moveEndpoint('close', 'closed', 'For good.'),
  endpoint({
    method: 'delete',
    path: '/tickets/:ticketId',
    can: 'ticket:delete',
    tag,
    summary: 'Delete a ticket',
    description:
      'Gone from every list and answer, kept for the audit. Its number is never used again. Not while others are ' +
      'merged into it.',
    params: TicketParams,
    responds: { 204: null },
    fails: ['ticket_not_found', 'ticket_has_merged'],
    handle: (call) => deleteTicket(call.app, call, call.params.ticketId),
  }),
  endpoint({
    method: 'delete',
    path: '/technicians/:technicianId',
    can: 'technician:deactivate',
    tag: 'Technicians',
    summary: 'Deactivate a technician',
    description: 'Their sign-in ends at once; their unresolved tickets go back to `new`, unassigned.',
    params: TechnicianParams,
    responds: { 204: null },
    fails: ['technician_not_found'],
    handle: (call) => deactivateTechnician(call.app, call, call.params.technicianId),
  }),
]
