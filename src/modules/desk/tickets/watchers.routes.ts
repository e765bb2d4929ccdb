import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { TicketParams } from './tickets.schemas.ts'
import { WatcherParams, WatcherSet } from './watchers.schemas.ts'
import { addWatcher, getWatchers, removeWatcher } from './watchers.service.ts'

const tag = 'Relations'
const path = '/tickets/:ticketId/watchers/:accountId'
const rule =
  'Staff watch what they see; admins and the ticket’s technician let others of the staff watch it. Again changes nothing.'

export const watcherRoutes = [
  endpoint({
    method: 'get',
    path: '/tickets/:ticketId/watchers',
    can: 'ticket:read-watchers',
    tag,
    summary: 'Read who watches a ticket',
    params: TicketParams,
    responds: { 200: WatcherSet },
    fails: ['ticket_not_found'],
    handle: ({ app, actor, params }) => getWatchers(app, actor, params.ticketId),
  }),
  endpoint({
    method: 'put',
    path,
    can: 'ticket:watch',
    tag,
    summary: 'Let somebody of the staff watch a ticket',
    description: `${rule} Whoever watches a ticket may read it. A ticket has at most 50 watchers.`,
    params: WatcherParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: WatcherSet },
    fails: ['ticket_not_found', 'watcher_unavailable', 'too_many_watchers'],
    handle: (call) => addWatcher(call.app, call, call.params.ticketId, call.params.accountId),
  }),
  endpoint({
    method: 'delete',
    path,
    can: 'ticket:watch',
    tag,
    summary: 'End somebody’s watching',
    description: rule,
    params: WatcherParams,
    responds: { 200: WatcherSet },
    fails: ['ticket_not_found'],
    handle: (call) => removeWatcher(call.app, call, call.params.ticketId, call.params.accountId),
  }),
]
