import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { showTicket } from '../../desk/tickets/ticket-reading.service.ts'
import { TicketParams } from '../../desk/tickets/tickets.schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { HistoryList, HistoryQuery } from './history.schemas.ts'
import { historyOrders, listHistory } from './history.service.ts'

export const historyRoutes = [
  endpoint({
    id: 'getTicketHistory',
    method: 'get',
    path: '/tickets/:ticketId/history',
    can: 'ticket:history',
    tag: 'Tickets',
    summary: 'Read what has happened to a ticket',
    description:
      'Oldest first, or newest first with `sort`, together with what happened to the tickets that are merged into it: who changed what, from what, to ' +
      'what. Customers read public facts only: how their ticket moved, and what was said and attached in public. They do not read the texts of comments that were edited or deleted.',
    params: TicketParams,
    query: HistoryQuery,
    responds: { 200: HistoryList },
    fails: ['ticket_not_found', 'quota_exceeded'],
    handle: async (call) => {
      const { sort = 'occurred_at' } = call.query
      const request = pageRequest(call.query, historyOrders[sort], z.string())
      const { rows, page } = await showTicket(call, () =>
        listHistory(call.app, call.actor, call.params.ticketId, sort, request),
      )
      return { history: rows, page }
    },
  }),
]
