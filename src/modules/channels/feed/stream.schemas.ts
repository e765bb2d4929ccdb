import { z } from 'zod'
import { timestamp } from '../../../platform/schemas.ts'

export const StreamQuery = z.strictObject({
  after: z
    .string()
    .max(500)
    .optional()
    .meta({
      description:
        'The place in the log to begin after: the `id` of an event, or `next` of `GET /events`. Without it, and with `latest`, ' +
        'only what comes from now on. `Last-Event-ID` comes before it.',
      examples: ['latest'],
    }),
  pass: z.string().optional().meta({
    description:
      'A pass, in place of a sign-in by a header or a cookie, where neither can be sent. See `POST /events/passes`.',
  }),
})
export type StreamQuery = z.output<typeof StreamQuery>

export const StreamPass = z
  .object({
    pass: z.string().meta({ description: 'Send it as the parameter `pass` of `GET /events/stream`. Keep it secret.' }),
    expires_at: timestamp.meta({ description: 'Until when it opens streams. A stream that is open stays open.' }),
    expires_in: z.int().meta({ description: 'The same in seconds from now.', examples: [600] }),
  })
  .meta({ id: 'StreamPass' })
export type StreamPass = z.output<typeof StreamPass>
