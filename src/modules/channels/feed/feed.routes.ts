import { showTickets } from '../../desk/tickets/ticket-reading.service.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { FeedPage, FeedQuery } from './feed.schemas.ts'
import { readFeed, ticketsShownIn } from './read-feed.service.ts'

export const feedRoutes = [
  endpoint({
    id: 'listEvents',
    method: 'get',
    path: '/events',
    can: 'event:read',
    tag: 'Events',
    summary: 'Follow what happens',
    description:
      'The log of your tenant from a place on, in its order: first what happened first. Call it with `after`, work on the ' +
      '`events`, keep `next`, and call again with it; with `wait=25` the answer comes as soon as something happens. ' +
      '**What you get**: admins get everything of their tenant; technicians and customers what they may see now, as ' +
      '`GET /tickets/{ticketId}/history` shows it, the products, and the orders that they see. A program with an API token gets what its account gets. ' +
      '**At least once**: an event has its place for ever, is never left out, and comes again when you ask again from an ' +
      'earlier place. Keep `next` in one transaction with your copy, or compare `subject_version`. ' +
      '**ticket.hidden**: in place of the event by which you lost sight of a ticket; remove the ticket from your copy. ' +
      'It may come more than once. A ticket that you get to see later comes with its next event: read it. ' +
      '**scope.changed**: what you see changed as a whole, such as by another role or category of yours; read your lists anew. ' +
      '**410 log_forked**: the database was restored to an earlier time, and you have read events that are gone. `fork` is ' +
      'the last place that is common to both: undo what you read after it, or read your lists anew, and go on with `fork` as ' +
      '`after`; null when it is not known. Who had read no further than the fork goes on without noticing.',
    query: FeedQuery,
    responds: { 200: FeedPage },
    fails: ['invalid_cursor', 'log_forked', 'quota_exceeded'],
    handle: (call) => showTickets(call, () => readFeed(call, call.query), ticketsShownIn),
  }),
]
