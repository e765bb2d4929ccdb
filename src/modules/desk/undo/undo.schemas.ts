import { z } from 'zod'

export const UndoChange = z
  .strictObject({ token: z.string().min(1).max(200).meta({ description: 'The `undo_token` of the answer.' }) })
  .meta({ id: 'UndoChange' })
