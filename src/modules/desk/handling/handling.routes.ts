import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { withinQuotas } from '../../identity/accounts/quotas.service.ts'
import { Ticket, TicketParams, UpdateTicket } from '../tickets/tickets.schemas.ts'
import { undoable } from '../tickets/undos.service.ts'
import { handleTicket } from './handling.service.ts'

const rules =
  'Members that are left out stay as they are. The ticket may be sent back whole: its `version` counts like ' +
  '`If-Match`, and members that cannot be changed are taken when they are as they are now, or move without the version ' +
  'and that fits. Assigning moves `new` to `assigned`; unassigning an unresolved ticket moves it ' +
  'to `new`; `resolved` needs a `resolution_summary`; `resolved` to `in_progress` reopens and clears the summary. Technicians ' +
  'may change `status`, `resolution_summary`, `priority` and `issue_category` of their tickets. They may take an unassigned ' +
  'ticket of their category with their own `technician_id`, hand an unresolved one on to a colleague of its category, and ' +
  'give it back with null. Customers may change `subject` and `issue_description` of their ticket while it is `new`. ' +
  '`reason` goes with another technician, or none, and becomes an internal comment, which the customer never reads.'

const updateEndpoint = (method: 'put' | 'patch') =>
  endpoint({
    id: method === 'patch' ? 'updateTicket' : 'putTicket',
    method,
    path: '/tickets/:ticketId',
    can: 'ticket:update',
    tag: 'Tickets',
    summary: method === 'patch' ? 'Change a ticket that you have read (If-Match)' : 'Change a ticket',
    description: rules,
    params: TicketParams,
    body: UpdateTicket,
    echoes: Ticket,
    takesIfMatch: true,
    needsIfMatch: method === 'patch',
    responds: { 200: Ticket },
    fails: [
      'ticket_not_found',
      'ticket_taken',
      'stale_version',
      'illegal_transition',
      'ticket_closed',
      'technician_required',
      'technician_unavailable',
      'technician_unchanged',
      'resolution_summary_required',
      'ticket_merged',
      'children_open',
      'quota_exceeded',
    ],
    handle: (call) => {
      const { ifMatch, echoed } = call
      const { reason, undo_seconds, ...change } = call.body
      const spent = reason === undefined ? {} : { comments: 1 }
      return withinQuotas(call.app, call.actor, spent, async () => {
        const act = await undoable(call.app, call, undo_seconds)
        return handleTicket(call.app, act, call.params.ticketId, { change, ifMatch, echoed, reason })
      })
    },
  })

export const handlingRoutes = [updateEndpoint('put'), updateEndpoint('patch')]
