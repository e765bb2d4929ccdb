import { z } from 'zod'
import { countParameter } from '../../../platform/schemas.ts'

const maxVerified = 200_000

export const VerifyQuery = z.strictObject({
  from: countParameter(1, 999_999_999).optional().meta({ description: 'The position to begin at; 1 when left out.' }),
  count: countParameter(1, maxVerified)
    .optional()
    .meta({ description: `The most events to walk: up to ${maxVerified}; 100000 when left out.` }),
})
export type VerifyRange = z.output<typeof VerifyQuery>

export const BreakReason = z.enum(['missing', 'inserted', 'hash', 'content', 'head']).meta({
  id: 'BreakReason',
  description:
    '`missing`: there is no event at the position. `inserted`: there is an event where none can be. `hash`: the event, ' +
    'or the hash of the event before it, was changed. `content`: the changes or details of the event were changed, or ' +
    'erased without an `event.blanked` that says so. ' +
    "`head`: the end of the chain differs from the tenant's head in position or hash.",
})

const Break = z.object({ position: z.int(), event_id: z.int().nullable(), reason: BreakReason })
export type Break = z.output<typeof Break>

const hash = z.string().nullable().meta({ description: 'In hexadecimal.' })

export const Verification = z
  .object({
    verified: z.int().meta({ description: 'How many events in a row are as they were chained.' }),
    erased: z.int().meta({
      description: 'How many of these events have lost their content by erasure. Everything else of them is verified.',
    }),
    first_position: z.int().nullable(),
    last_position: z.int().nullable(),
    last_hash: hash,
    head_position: z.int(),
    head_hash: hash,
    complete: z.boolean().meta({ description: 'Whether the walk came to the end of the chain without a break.' }),
    next: z.int().nullable().meta({ description: 'The `from` of the next request; null at the end or at a break.' }),
    break: Break.nullable().meta({ description: 'The first break of the chain.' }),
  })
  .meta({ id: 'Verification' })
export type Verification = z.output<typeof Verification>
