import { z } from 'zod'
import { Role, Visibility } from '../../../contract/enums.ts'
import { Warnings } from '../../../contract/warnings.ts'
import { Truncated } from '../../../platform/page-budget.ts'
import { Page, pageQuery } from '../../../platform/paging.ts'
import { text, timeFilter, timestamp } from '../../../platform/schemas.ts'
import { Attachment, filesOfCommentAtMost } from '../attachments/attachments.schemas.ts'
import { AuthorId, TicketParams } from '../tickets/tickets.schemas.ts'
import { undoMembers, undoSeconds } from '../tickets/undoable.schemas.ts'

export const Comment = z
  .object({
    comment_id: z.uuid(),
    ticket_id: z.string().meta({ description: 'The ticket that the comment was written on.' }),
    author_id: AuthorId,
    author_name: z.string(),
    author_role: Role,
    visibility: Visibility,
    body: z.string(),
    in_reply_to: z
      .uuid()
      .nullable()
      .meta({ description: 'The comment that this comment answers. Null also when that comment has been deleted.' }),
    created_at: timestamp,
    edited_at: timestamp.nullable(),
    attachments: z.array(Attachment),
    ...undoMembers,
    warnings: Warnings,
  })
  .meta({ id: 'Comment' })
export type Comment = z.output<typeof Comment>

/** A comment that its author has taken back. */
export const UndoneComment = Comment.pick({ comment_id: true, ticket_id: true, visibility: true, body: true })
export type UndoneComment = z.output<typeof UndoneComment>

const body = text(10_000)

const attachmentIds = z
  .array(z.uuid())
  .max(filesOfCommentAtMost)
  .refine((ids) => new Set(ids).size === ids.length, { error: 'must be different ids' })
  .meta({
    description:
      'Files for this comment: those that you have attached to the ticket, or `upload_id`s of files that you have sent and ' +
      'not attached, which the comment attaches.',
  })

const reopens = z.boolean().meta({
  description:
    '`false`: the comment of the customer leaves a resolved ticket resolved, such as "thanks". Otherwise it has no meaning.',
})

export const CreateComment = z
  .strictObject({
    body,
    visibility: Visibility.optional().meta({
      description: 'Of customers always `public`, so they may leave it out. The staff must say it.',
    }),
    attachment_ids: attachmentIds.optional(),
    reopens: reopens.optional(),
    draft_version: z
      .int()
      .min(1)
      .max(999_999_999)
      .optional()
      .meta({
        description:
          'The version of your draft that this comment was written from: of `reply` for a public comment, of `note` for an ' +
          'internal one. Exactly this version is deleted with the comment; a newer one stays.',
        examples: [3],
      }),
    in_reply_to: z.uuid().optional().meta({
      description: 'A comment on this ticket that this comment answers. A public comment answers a public one only.',
    }),
    resolution_summary: text(10_000)
      .optional()
      .meta({
        description:
          'For the staff who may resolve the ticket: the comment also resolves it, with this summary, in one act that is ' +
          'undone as one. A ticket that is resolved with another summary answers 409 `already_resolved`, unless ' +
          '`If-Match` says its version. An API token needs the scope `ticket:update` for it, too.',
      }),
    undo_seconds: undoSeconds,
  })
  .meta({ id: 'CreateComment', examples: [{ body: 'It works again after a restart.', visibility: 'public' }] })
export type CreateComment = z.output<typeof CreateComment> & { visibility: Visibility }
export const UpdateComment = z
  .strictObject({ body })
  .meta({ id: 'UpdateComment', examples: [{ body: 'It works again after two restarts.' }] })

export const CommentParams = TicketParams.extend({ commentId: z.uuid() })
/** A minus in front: the latest first. */
export const CommentSort = z.enum(['created_at', '-created_at']).meta({
  id: 'CommentSort',
  description: '`created_at`: the oldest first. `-created_at`: the newest first.',
})
export type CommentSort = z.output<typeof CommentSort>

export const CommentQuery = z.strictObject({
  ...pageQuery,
  sort: CommentSort.optional().meta({ description: '`created_at` when left out.', examples: ['-created_at'] }),
  since: timeFilter.optional().meta({
    description:
      'Written at this moment or later. To read on, send the `created_at` of the last comment that you have; it comes again.',
    examples: ['2026-11-01T09:30:00.000Z'],
  }),
})
const ListedComment = Comment.omit({ warnings: true, undo_token: true, undo_until: true })
  .extend({
    editable_until: timestamp.nullable().meta({
      description:
        'Until when you may change or delete your comment; null when it is not yours. Admins may at any time.',
    }),
    truncated: Truncated,
  })
  .meta({ id: 'ListedComment' })
export type ListedComment = z.output<typeof ListedComment>
export const CommentList = z.object({ comments: z.array(ListedComment), page: Page }).meta({ id: 'CommentList' })

/** The key of a cursor: when it was written, and its id. */
export type CommentKey = [string, string]
