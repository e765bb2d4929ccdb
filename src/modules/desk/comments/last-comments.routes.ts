import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { LastCommentQuery, LastCommentSet } from './last-comments.schemas.ts'
import { getLastComments } from './last-comments.service.ts'

export const lastCommentRoutes = [
  endpoint({
    id: 'listLastComments',
    method: 'get',
    path: '/last-comments',
    can: 'comment:list',
    tag: 'Comments',
    summary: 'What was said last on some tickets',
    description:
      'For a list of tickets that shows more than subjects. Tickets that you do not see, and those on which nothing was ' +
      'said, are left out. A comment on a ticket that is merged into another counts for the merged ticket. Customers read ' +
      'public comments only.',
    query: LastCommentQuery,
    responds: { 200: LastCommentSet },
    fails: ['query_too_broad'],
    handle: async ({ app, actor, query }) => ({ last_comments: await getLastComments(app, actor, query.ticket ?? []) }),
  }),
]
