import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { Presence, PresenceSet, TellPresence } from './presence.schemas.ts'
import { endPresence, getPresence, tellPresence } from './presence.service.ts'
import { TicketParams } from './tickets.schemas.ts'

const tag = 'Relations'
const path = '/tickets/:ticketId/presence'

export const presenceRoutes = [
  endpoint({
    id: 'getPresence',
    method: 'get',
    path,
    can: 'presence:read',
    tag,
    summary: 'Who else is at a ticket right now',
    description:
      'The others of the staff who see the ticket, have said that they are there, and have not left since; without you. Who ' +
      'is at a merged ticket is at its final target. At most 100 people.',
    params: TicketParams,
    responds: { 200: PresenceSet },
    fails: ['ticket_not_found'],
    handle: ({ app, actor, params }) => getPresence(app, actor, params.ticketId),
  }),
  endpoint({
    id: 'tellPresence',
    method: 'put',
    path,
    can: 'presence:update',
    tag,
    summary: 'Say that you are at a ticket',
    description:
      'Holds for 30 seconds, so say it again every 10 to 15 seconds while you are there. Your windows share one lease: what ' +
      'was said last counts. It locks nothing, changes nothing of the ticket, and is no part of its history. Open streams ' +
      'of the staff who see the ticket get `presence.changed` when somebody comes, goes, or does something else.',
    params: TicketParams,
    body: TellPresence,
    responds: { 200: Presence },
    fails: ['ticket_not_found'],
    handle: (call) => tellPresence(call.app, call, call.params.ticketId, call.body.state),
  }),
  endpoint({
    id: 'endPresence',
    method: 'delete',
    path,
    can: 'presence:update',
    tag,
    summary: 'Say that you have left a ticket',
    description: 'Without it you count as gone when the 30 seconds are over. A second call changes nothing.',
    params: TicketParams,
    responds: { 204: null },
    fails: ['ticket_not_found'],
    handle: (call) => endPresence(call.app, call, call.params.ticketId),
  }),
]
