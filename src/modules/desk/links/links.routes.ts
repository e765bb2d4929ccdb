import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { showTickets } from '../tickets/ticket-reading.service.ts'
import { TicketParams } from '../tickets/tickets.schemas.ts'
import { LinkParams, LinkSet } from './links.schemas.ts'
import { addLink, getLinks, removeLink } from './links.service.ts'

const tag = 'Relations'
const path = '/tickets/:ticketId/links/:kind/:otherTicketId'

export const linkRoutes = [
  endpoint({
    id: 'listLinks',
    method: 'get',
    path: '/tickets/:ticketId/links',
    can: 'ticket:read-links',
    tag,
    summary: 'Read the links of a ticket',
    description:
      'The links to tickets that you may see, with those of the tickets that are merged into the ticket; 200 at most. ' +
      'Links between tickets of one conversation are left out.',
    params: TicketParams,
    responds: { 200: LinkSet },
    fails: ['ticket_not_found', 'quota_exceeded'],
    handle: (call) =>
      showTickets(
        call,
        () => getLinks(call.app, call.actor, call.params.ticketId),
        ({ links }) => [call.params.ticketId, ...links.map(({ ticket_id }) => ticket_id)],
      ),
  }),
  endpoint({
    id: 'addLink',
    method: 'put',
    path,
    can: 'ticket:link',
    tag,
    summary: 'Link a ticket to another',
    description:
      'For admins, and for the technician of the ticket. A second call changes nothing. A ticket has one parent at most, ' +
      'and a parent does not close while children are open. A merged child or parent stands for its final target.',
    params: LinkParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: LinkSet },
    fails: ['ticket_not_found', 'link_to_itself', 'link_circle', 'parent_taken', 'too_many_links', 'ticket_closed'],
    handle: (call) => addLink(call.app, call, call.params),
  }),
  endpoint({
    id: 'removeLink',
    method: 'delete',
    path,
    can: 'ticket:link',
    tag,
    summary: 'Remove a link',
    description: 'For admins, and for the technician of either ticket. A second call changes nothing.',
    params: LinkParams,
    responds: { 200: LinkSet },
    fails: ['ticket_not_found', 'link_to_itself'],
    handle: (call) => removeLink(call.app, call, call.params),
  }),
]
