import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { MoveTicket, Ticket, ticketParams } from '../tickets/tickets.schemas.ts'
import { moveTicket } from './move-ticket.service.ts'

export const moveTicketRoutes = [
  endpoint({
    id: 'moveTicket',
    method: 'post',
    path: '/tickets/:ticketId/move',
    can: 'ticket:move',
    tag: 'Tickets',
    summary: 'Move a ticket to the right customer',
    description:
      'With all tickets that are merged into it. The former customer loses sight of them at once, and waiting mails to that ' +
      'customer are cancelled. The new customer reads of the history what follows, and what is on the tickets: description, ' +
      'public comments, public files, why it was closed. When another customer has written such comments or attached such ' +
      'files, or a ticket was closed with a reason, `confirm` is needed.',
    params: ticketParams('TKT0199'),
    body: MoveTicket,
    responds: { 200: Ticket },
    fails: ['ticket_not_found', 'ticket_merged', 'customer_unavailable', 'move_needs_confirm'],
    handle: (call) => moveTicket(call.app, call, call.params.ticketId, call.body),
  }),
]
