import { z } from 'zod'
import { Priority } from '../../../contract/enums.ts'
import { type PageRequest, pageRequest } from '../../../platform/paging.ts'
import { moment } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { inZone } from './ticket-days.ts'
import { type TicketKey, TicketQuery, type TicketSort, TicketsOfOneQuery } from './ticket-query.schemas.ts'
import { showPage, showTicket } from './ticket-reading.service.ts'
import {
  Ticket,
  TicketList,
  TicketParams,
  TicketsOfCustomerParams,
  TicketsOfTechnicianParams,
} from './tickets.schemas.ts'
import { getTicket, listTicketsOfCustomer, listTicketsOfTechnician, listVisibleTickets } from './tickets.service.ts'

const tag = 'Tickets'

const ranks = z.int().min(1).max(Priority.options.length)
const keys = {
  byTime: z.tuple([moment, z.int().positive()]),
  byPriority: z.tuple([ranks, z.int().positive()]),
}
const pageOfTickets = (query: {
  limit?: number
  cursor?: string
  sort?: TicketSort
}): { sort: TicketSort; page: PageRequest<TicketKey> } => {
  const sort = query.sort ?? '-raised_date'
  const key: z.ZodType<TicketKey> = sort === '-priority' ? keys.byPriority : keys.byTime
  return { sort, page: pageRequest(query, sort, key) }
}

export const ticketRoutes = [
  endpoint({
    id: 'listTickets',
    method: 'get',
    path: '/tickets',
    can: 'ticket:list',
    tag,
    summary: 'List tickets',
    description:
      'Admins see all tickets; technicians their own, the unassigned tickets of their category and those they watch; customers their own.',
    query: TicketQuery,
    responds: { 200: TicketList },
    fails: ['query_too_broad', 'quota_exceeded'],
    handle: async (call) => {
      const { app, actor, query } = call
      const { sort, page } = pageOfTickets(query)
      const filter = await inZone(app, actor, query)
      const found = await showPage(call, () => listVisibleTickets(app, actor, filter, sort, page))
      return { tickets: found.rows, page: found.page }
    },
  }),
  endpoint({
    id: 'listCustomerTickets',
    method: 'get',
    path: '/tickets/customer/:customerId',
    can: 'ticket:list-of-customer',
    tag,
    summary: 'List the tickets of a customer',
    params: TicketsOfCustomerParams,
    query: TicketsOfOneQuery,
    responds: { 200: TicketList },
    fails: ['customer_not_found', 'query_too_broad', 'quota_exceeded'],
    handle: async (call) => {
      const { app, actor, params, query } = call
      const { sort, page } = pageOfTickets(query)
      const filter = await inZone(app, actor, query)
      const found = await showPage(call, () => listTicketsOfCustomer(app, actor, params.customerId, filter, sort, page))
      return { tickets: found.rows, page: found.page }
    },
  }),
  endpoint({
    id: 'listTechnicianTickets',
    method: 'get',
    path: '/tickets/technician/:technicianId',
    can: 'ticket:list-of-technician',
    tag,
    summary: 'List the tickets of a technician',
    params: TicketsOfTechnicianParams,
    query: TicketsOfOneQuery,
    responds: { 200: TicketList },
    fails: ['technician_not_found', 'query_too_broad', 'quota_exceeded'],
    handle: async (call) => {
      const { app, actor, params, query } = call
      const { sort, page } = pageOfTickets(query)
      const filter = await inZone(app, actor, query)
      const found = await showPage(call, () =>
        listTicketsOfTechnician(app, actor, params.technicianId, filter, sort, page),
      )
      return { tickets: found.rows, page: found.page }
    },
  }),
  endpoint({
    id: 'getTicket',
    method: 'get',
    path: '/tickets/:ticketId',
    can: 'ticket:read',
    tag,
    summary: 'Read a ticket',
    params: TicketParams,
    responds: { 200: Ticket },
    fails: ['ticket_not_found', 'quota_exceeded'],
    handle: (call) => showTicket(call, () => getTicket(call.app, call.actor, call.params.ticketId)),
  }),
]
