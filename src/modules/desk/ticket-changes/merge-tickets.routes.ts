import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { MergeTicket, Ticket, ticketParams } from '../tickets/tickets.schemas.ts'
import { mergeTicket, unmergeTicket } from './merge-tickets.service.ts'

const tag = 'Tickets'

export const mergeTicketRoutes = [
  endpoint({
    id: 'mergeTicket',
    method: 'post',
    path: '/tickets/:ticketId/merge',
    can: 'ticket:merge',
    tag,
    summary: 'Merge a ticket into another of the same customer',
    description:
      'For admins, and for the technician of both tickets. Nothing is moved: the merged ticket leaves the lists and takes ' +
      'no changes, and its conversation goes on at the other ticket, where it is read, searched and watched. Merging an ' +
      'open ticket into a resolved one reopens the latter. The customer, both technicians and the watchers are mailed.',
    params: ticketParams('TKT0193'),
    body: MergeTicket,
    responds: { 200: Ticket },
    fails: [
      'ticket_not_found',
      'merge_into_itself',
      'merge_target_unknown',
      'ticket_merged',
      'merge_circle',
      'merge_target_merged',
      'merge_across_customers',
      'merge_too_large',
      'ticket_closed',
      'parent_circle',
      'too_many_links',
      'too_many_watchers',
    ],
    handle: (call) => mergeTicket(call.app, call, call.params.ticketId, call.body.into),
  }),
  endpoint({
    id: 'unmergeTicket',
    method: 'post',
    path: '/tickets/:ticketId/unmerge',
    can: 'ticket:merge',
    tag,
    summary: 'Undo a merge',
    description:
      'The ticket becomes what it was before the merge. `warnings` names what stays: a ticket that the merge reopened, and ' +
      'mails that were sent.',
    params: ticketParams('TKT0192'),
    body: NoBody,
    bodyOptional: true,
    responds: { 200: Ticket },
    fails: ['ticket_not_found', 'ticket_not_merged', 'parent_circle', 'too_many_links'],
    handle: (call) => unmergeTicket(call.app, call, call.params.ticketId),
  }),
]
