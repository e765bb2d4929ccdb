import { z } from 'zod'
import { requireScope } from '../../../platform/http/authorize.ts'
import { pageRequest } from '../../../platform/paging.ts'
import { moment } from '../../../platform/schemas.ts'
import { endpoint } from '../../identity/accounts/declare-endpoint.ts'
import { withinQuotas } from '../../identity/accounts/quotas.service.ts'
import { showTicket } from '../tickets/ticket-reading.service.ts'
import { TicketParams } from '../tickets/tickets.schemas.ts'
import { undoable } from '../tickets/undos.service.ts'
import { Comment, CommentList, CommentParams, CommentQuery, CreateComment, UpdateComment } from './comments.schemas.ts'
import { createComment, deleteComment, listTicketComments, updateComment, visibilityOf } from './comments.service.ts'

const tag = 'Comments'
const commentKey = z.tuple([moment, z.uuid()])
const path = '/tickets/:ticketId/comments'

export const commentRoutes = [
  endpoint({
    id: 'addComment',
    method: 'post',
    path,
    can: 'comment:create',
    tag,
    summary: 'Comment on a ticket',
    description:
      'Public comments are for the customer and the technician of the ticket, and for admins; internal comments are for all ' +
      'of the staff who see the ticket. A public comment is mailed to the other side. The ' +
      'first public comment, file or resolution of the staff is the first response. A comment of the customer puts a `waiting` ticket back to ' +
      'work and reopens a `resolved` ticket, unless it says `reopens: false`; a `closed` ticket needs a follow-up. ' +
      '`attachment_ids` are files that you have attached to the ticket, or sent and not attached: these are attached by ' +
      'the comment, and nobody sees them before. The comment carries them, and they become public ' +
      'or internal like the comment. `in_reply_to` names a comment on the same ticket that this one answers; its mail ' +
      'follows the mail about that comment in the thread. In an internal comment `@TEC0001`, or `@` and the user id of an ' +
      'admin, mentions somebody of the staff: they are told, and watch the ticket. Ten people at most; a warning ' +
      '`mention_unavailable` names those who cannot be mentioned. Changing a comment mentions nobody. With `If-Match` the ' +
      'comment is written only while the ticket has that version. A `resolution_summary` replaces the one of a resolved ' +
      'ticket only so.',
    params: TicketParams,
    body: CreateComment,
    takesIfMatch: true,
    responds: { 201: Comment },
    fails: [
      'ticket_not_found',
      'ticket_closed',
      'stale_version',
      'already_resolved',
      'illegal_transition',
      'technician_required',
      'attachment_unavailable',
      'upload_in_progress',
      'upload_missing',
      'upload_mismatch',
      'too_many_attachments',
      'storage_unavailable',
      'reply_unavailable',
      'quota_exceeded',
    ],
    handle: (call) => {
      const { undo_seconds, ...body } = call.body
      if (body.resolution_summary !== undefined) requireScope(call.actor, 'ticket:update')
      const visibility = visibilityOf(call.actor, body.visibility)
      const comment = { ...body, visibility, ifMatch: call.ifMatch }
      return withinQuotas(call.app, call.actor, { comments: 1 }, async () =>
        createComment(call.app, await undoable(call.app, call, undo_seconds), call.params.ticketId, comment),
      )
    },
  }),
  endpoint({
    id: 'listComments',
    method: 'get',
    path,
    can: 'comment:list',
    tag,
    summary: 'List the comments on a ticket',
    description: 'Oldest first, or newest first with `sort`. Customers see the public ones.',
    params: TicketParams,
    query: CommentQuery,
    responds: { 200: CommentList },
    fails: ['ticket_not_found', 'quota_exceeded'],
    handle: async (call) => {
      const { app, actor, params, query } = call
      const { sort = 'created_at', since } = query
      const request = pageRequest(query, sort, commentKey)
      const { rows, page } = await showTicket(call, () =>
        listTicketComments(app, actor, params.ticketId, { sort, since }, request),
      )
      return { comments: rows, page }
    },
  }),
  endpoint({
    id: 'updateComment',
    method: 'put',
    path: `${path}/:commentId`,
    can: 'comment:update',
    tag,
    summary: 'Change a comment',
    description:
      'For its author within the setting `comment_edit_minutes`, and for admins at any time. The history keeps the text before.',
    params: CommentParams,
    body: UpdateComment,
    responds: { 200: Comment },
    fails: ['ticket_not_found', 'comment_not_found', 'comment_too_old', 'quota_exceeded'],
    // The history keeps each text, so a change counts as much as a comment.
    handle: (call) =>
      withinQuotas(call.app, call.actor, { comments: 1 }, () =>
        updateComment(call.app, call, call.params.ticketId, call.params.commentId, call.body.body),
      ),
  }),
  endpoint({
    id: 'deleteComment',
    method: 'delete',
    path: `${path}/:commentId`,
    can: 'comment:delete',
    tag,
    summary: 'Delete a comment',
    description:
      'For its author within the setting `comment_edit_minutes`, and for admins at any time. The history keeps its text.',
    params: CommentParams,
    responds: { 204: null },
    fails: ['ticket_not_found', 'comment_not_found', 'comment_too_old'],
    handle: (call) => deleteComment(call.app, call, call.params.ticketId, call.params.commentId),
  }),
]
