import { z } from 'zod'
import { Page, pageQuery } from '../../platform/paging.ts'
import { text, timestamp } from '../../platform/schemas.ts'
import { TicketParams } from '../tickets/tickets.schemas.ts'

export const Visibility = z
  .enum(['public', 'internal'])
  .meta({ description: '`internal` is for the staff: no customer ever learns of it.' })
export type Visibility = z.output<typeof Visibility>

export const Comment = z
  .object({
    comment_id: z.uuid(),
    ticket_id: z.string().meta({ description: 'The ticket that it was written on.' }),
    author_id: z.string(),
    author_name: z.string(),
    author_role: z.enum(['admin', 'technician', 'customer']),
    visibility: Visibility,
    body: z.string(),
    created_at: timestamp,
    edited_at: timestamp.nullable(),
  })
  .meta({ id: 'Comment' })
export type Comment = z.output<typeof Comment>

const body = text(10_000)

export const CreateComment = z.strictObject({ body, visibility: Visibility })
export type CreateComment = z.output<typeof CreateComment>
export const UpdateComment = z.strictObject({ body })

export const CommentParams = TicketParams.extend({ commentId: z.uuid() })
export const CommentQuery = z.strictObject(pageQuery)
export const CommentList = z.object({ comments: z.array(Comment), page: Page })

/** The key of a cursor: when it was written, and its id. */
export type CommentKey = [string, string]
