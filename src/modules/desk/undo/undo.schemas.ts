import { z } from 'zod'
import { UndoneComment } from '../comments/comments.schemas.ts'
import { Ticket } from '../tickets/tickets.schemas.ts'

const row = '0b6a3c9e-4d4f-4f0e-9d55-6a3f6c1f2b7d'

export const UndoChange = z
  .strictObject({ token: z.string().min(1).max(200).meta({ description: 'The `undo_token` of the answer.' }) })
  .meta({ id: 'UndoChange', examples: [{ token: `1.${row}.8Fz2aXo1B3kQm7cVt0uYw4eRi6Ps9dLh5GjNbKxZqTE` }] })

export const UndoneTicket = Ticket.extend({
  undone_comment: UndoneComment.meta({ id: 'UndoneComment' }).optional().meta({
    description: 'Your comment that was taken back, with its text.',
  }),
}).meta({ id: 'UndoneTicket' })
export type UndoneTicket = z.output<typeof UndoneTicket>
