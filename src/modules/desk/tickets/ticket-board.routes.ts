import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { cardsAtMost, columnsAtMost, TicketBoard } from './ticket-board.schemas.ts'
import { getBoard } from './ticket-board.service.ts'

export const ticketBoardRoutes = [
  endpoint({
    id: 'getBoard',
    method: 'get',
    path: '/tickets/board',
    can: 'ticket:board',
    tag: 'Tickets',
    summary: 'Read who has which tickets',
    description:
      'For admins: the unresolved tickets of nobody, and of each technician who is not deactivated, at most ' +
      `${columnsAtMost}. Each column has at most ${cardsAtMost} tickets, the most urgent first, and counts all of them.`,
    responds: { 200: TicketBoard },
    fails: ['query_too_broad'],
    handle: ({ app, actor }) => getBoard(app, actor),
  }),
]
