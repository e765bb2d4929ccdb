import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { countedAtMost, readAtMost, TicketCounts, TicketCountsQuery } from './ticket-counts.schemas.ts'
import { countTickets } from './ticket-counts.service.ts'

export const ticketCountRoutes = [
  endpoint({
    id: 'countTickets',
    method: 'get',
    path: '/tickets/counts',
    can: 'ticket:list',
    tag: 'Tickets',
    summary: 'Count tickets',
    description:
      'Counts the tickets that `GET /tickets` lists with the same filters, by one or more of their members. Each group ' +
      `counts to ${countedAtMost} tickets and then says \`at_least\`. Where no index has the groups, such as the ` +
      `categories of one customer, at most ${readAtMost.admin} tickets are read, and for technicians and customers ` +
      `${readAtMost.technician}; when there are more, every group says \`at_least\`.`,
    query: TicketCountsQuery,
    responds: { 200: TicketCounts },
    fails: ['query_too_broad'],
    handle: ({ app, actor, query }) => countTickets(app, actor, query),
  }),
]
