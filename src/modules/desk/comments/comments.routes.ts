import { z } from 'zod'
import { pageRequest } from '../../../platform/paging.ts'
import { moment } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { TicketParams } from '../tickets/tickets.schemas.ts'
import { Comment, CommentList, CommentParams, CommentQuery, CreateComment, UpdateComment } from './comments.schemas.ts'
import { commentOrder, createComment, deleteComment, listTicketComments, updateComment } from './comments.service.ts'

const tag = 'Comments'
const path = '/tickets/:ticketId/comments'

export const commentRoutes = [
  endpoint({
    method: 'post',
    path,
    can: 'comment:create',
    tag,
    summary: 'Comment on a ticket',
    description:
      'The customer and the technician of the ticket, and admins. A public comment is mailed to the other side; the first one of the ' +
      'staff is the first response. A customer’s puts a `waiting` ticket back to work and reopens a `resolved` one; a ' +
      '`closed` one needs a follow-up. Internal comments are for the staff. `attachment_ids` are files that you have ' +
      'attached to the ticket, for the comment to carry: they are public or internal as it is.',
    params: TicketParams,
    body: CreateComment,
    responds: { 201: Comment },
    fails: ['ticket_not_found', 'ticket_closed', 'attachment_unavailable'],
    handle: (call) => createComment(call.app, call, call.params.ticketId, call.body),
  }),
  endpoint({
    method: 'get',
    path,
    can: 'comment:list',
    tag,
    summary: 'List the comments on a ticket',
    description: 'Oldest first. Customers see the public ones.',
    params: TicketParams,
    query: CommentQuery,
    responds: { 200: CommentList },
    fails: ['ticket_not_found'],
    handle: async ({ app, actor, params, query }) => {
      const request = pageRequest(query, commentOrder, z.tuple([moment, z.uuid()]))
      const { rows, page } = await listTicketComments(app, actor, params.ticketId, request)
      return { comments: rows, page }
    },
  }),
  endpoint({
    method: 'put',
    path: `${path}/:commentId`,
    can: 'comment:update',
    tag,
    summary: 'Change a comment',
    description:
      'Its author for some minutes (`COMMENT_EDIT_MINUTES`), admins always. The history keeps the text before.',
    params: CommentParams,
    body: UpdateComment,
    responds: { 200: Comment },
    fails: ['ticket_not_found', 'comment_not_found', 'comment_too_old'],
    handle: (call) => updateComment(call.app, call, call.params.ticketId, call.params.commentId, call.body.body),
  }),
  endpoint({
    method: 'delete',
    path: `${path}/:commentId`,
    can: 'comment:delete',
    tag,
    summary: 'Delete a comment',
    description: 'Its author for some minutes (`COMMENT_EDIT_MINUTES`), admins always. The history keeps its text.',
    params: CommentParams,
    responds: { 204: null },
    fails: ['ticket_not_found', 'comment_not_found', 'comment_too_old'],
    handle: (call) => deleteComment(call.app, call, call.params.ticketId, call.params.commentId),
  }),
]
