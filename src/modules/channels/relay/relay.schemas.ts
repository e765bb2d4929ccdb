import { z } from 'zod'
import { timestamp } from '../../../platform/schemas.ts'

export const RelayedEvent = z.object({
  tenant_id: z.int(),
  slug: z.string(),
  epoch: z.string(),
  position: z.int(),
  type: z.string(),
  subject_id: z.string(),
  subject_version: z.int().nullable(),
  actor_id: z.string().nullable(),
  actor_role: z.string(),
  occurred_at: timestamp,
  is_blanked: z.boolean(),
  changes: z.unknown(),
  details: z.unknown(),
})
/** An event as the relay reads it: as it was written, without ids from which secrets are made. */
export type RelayedEvent = z.output<typeof RelayedEvent>
