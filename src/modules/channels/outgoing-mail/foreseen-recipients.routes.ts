import { TicketParams } from '../../desk/tickets/tickets.schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { ForeseenQuery, ForeseenRecipients } from './foreseen-recipients.schemas.ts'
import { foreseeRecipients } from './foreseen-recipients.service.ts'

export const foreseenRoutes = [
  endpoint({
    id: 'listTicketRecipients',
    method: 'get',
    path: '/tickets/:ticketId/recipients',
    can: 'ticket:read-recipients',
    tag: 'Comments',
    summary: 'See who would be told of a comment',
    description:
      'Who would be told of a comment of this visibility if you wrote it now, why, and how: the customer first, a hundred ' +
      'at most. Whom the comment mentions comes on top. For those who may write such a comment.',
    params: TicketParams,
    query: ForeseenQuery,
    responds: { 200: ForeseenRecipients },
    fails: ['ticket_not_found'],
    handle: ({ app, actor, params, query }) =>
      foreseeRecipients(app, actor, params.ticketId, query.visibility ?? 'public'),
  }),
]
