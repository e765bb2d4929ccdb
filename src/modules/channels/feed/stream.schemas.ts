import { z } from 'zod'
import { timestamp } from '../../../platform/schemas.ts'

export const StreamPass = z
  .object({
    pass: z.string().meta({ description: 'Send it as the parameter `pass` of `GET /events/stream`. Keep it secret.' }),
    expires_at: timestamp.meta({ description: 'Until when it opens streams. A stream that is open stays open.' }),
    expires_in: z.int().meta({ description: 'The same in seconds from now.', examples: [600] }),
  })
  .meta({ id: 'StreamPass' })
export type StreamPass = z.output<typeof StreamPass>
