import { NoBody } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { TicketParams } from './tickets.schemas.ts'
import { WatcherParams, WatcherSet } from './watchers.schemas.ts'
import { addWatcher, getWatchers, removeWatcher } from './watchers.service.ts'

const tag = 'Relations'
const path = '/tickets/:ticketId/watchers/:accountId'
const rule =
  'The staff may watch every ticket that they see. Admins and the technician of the ticket may add and remove other ' +
  'members of the staff. A second call changes nothing. Watchers of a merged ticket watch its final target.'

export const watcherRoutes = [
  endpoint({
    id: 'listWatchers',
    method: 'get',
    path: '/tickets/:ticketId/watchers',
    can: 'ticket:read-watchers',
    tag,
    summary: 'List the watchers of a ticket',
    description: 'Each once, also those of the tickets that are merged into the same final target.',
    params: TicketParams,
    responds: { 200: WatcherSet },
    fails: ['ticket_not_found'],
    handle: ({ app, actor, params }) => getWatchers(app, actor, params.ticketId),
  }),
  endpoint({
    id: 'addWatcher',
    method: 'put',
    path,
    can: 'ticket:watch',
    tag,
    summary: 'Add a watcher to a ticket',
    description: `${rule} A watcher may read the ticket. A ticket has at most 50 watchers, with those of its merged tickets.`,
    params: WatcherParams,
    body: NoBody,
    bodyOptional: true,
    responds: { 200: WatcherSet },
    fails: ['ticket_not_found', 'watcher_unavailable', 'too_many_watchers'],
    handle: (call) => addWatcher(call.app, call, call.params.ticketId, call.params.accountId),
  }),
  endpoint({
    id: 'removeWatcher',
    method: 'delete',
    path,
    can: 'ticket:watch',
    tag,
    summary: 'Remove a watcher',
    description: `${rule} The watcher is removed from all tickets that are merged into the same final target.`,
    params: WatcherParams,
    responds: { 200: WatcherSet },
    fails: ['ticket_not_found'],
    handle: (call) => removeWatcher(call.app, call, call.params.ticketId, call.params.accountId),
  }),
]
