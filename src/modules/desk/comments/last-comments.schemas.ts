import { z } from 'zod'
import { Role, Visibility } from '../../../contract/enums.ts'
import { listParameter, timestamp } from '../../../platform/schemas.ts'
import { AuthorId, TicketId } from '../tickets/tickets.schemas.ts'

/** The most tickets that one request asks about. */
const ticketsAtMost = 50
/** How much of each comment the answer has, in characters. */
export const excerptLength = 200

export const LastCommentQuery = z.strictObject({
  ticket: listParameter(TicketId, ticketsAtMost)
    .optional()
    .meta({
      description: `At most ${ticketsAtMost} tickets. Without any the answer is empty.`,
      examples: [['TKT0185', 'TKT0194']],
    }),
})

export const LastComment = z
  .object({
    ticket_id: z.string(),
    author_id: AuthorId,
    author_name: z.string(),
    author_role: Role,
    visibility: Visibility,
    excerpt: z.string().meta({ description: `The first ${excerptLength} characters of the comment.` }),
    created_at: timestamp,
  })
  .meta({ id: 'LastComment', description: 'What was said last on a ticket.' })
export type LastComment = z.output<typeof LastComment>

export const LastCommentSet = z
  .object({
    last_comments: z.array(LastComment).meta({
      description: 'One for each ticket that you see and that has a comment which you may read, in any order.',
    }),
  })
  .meta({ id: 'LastCommentSet' })
