import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { TicketParams } from '../../desk/tickets/tickets.schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { HistoryList, HistoryQuery } from './history.schemas.ts'
import { historyOrder, listHistory } from './history.service.ts'

export const historyRoutes = [
  endpoint({
    method: 'get',
    path: '/tickets/:ticketId/history',
    can: 'ticket:history',
    tag: 'Tickets',
    summary: 'Read what has happened to a ticket',
    description:
      'Oldest first: who changed what, from what, to what. Customers read public facts only: the life of their ticket, ' +
      'what is said and attached in public, and not what a deleted comment said.',
    params: TicketParams,
    query: HistoryQuery,
    responds: { 200: HistoryList },
    fails: ['ticket_not_found'],
    handle: async ({ app, actor, params, query }) => {
      const { rows, page } = await listHistory(
        app,
        actor,
        params.ticketId,
        pageRequest(query, historyOrder, z.string()),
      )
      return { history: rows, page }
    },
  }),
]
