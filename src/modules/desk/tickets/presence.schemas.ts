import { z } from 'zod'
import { PresenceState, Role } from '../../../contract/enums.ts'
import { timestamp } from '../../../platform/schemas.ts'

export const Presence = z
  .object({
    account_id: z.string(),
    name: z.string(),
    role: Role,
    state: PresenceState,
    since: timestamp.meta({ description: 'When the person came, or began with what they do now.' }),
    until: timestamp.meta({
      description: 'When the person counts as gone, unless they say before that they are there.',
    }),
  })
  .meta({ id: 'Presence' })
export type Presence = z.output<typeof Presence>

export const PresenceSet = z
  .object({ present: z.array(Presence).meta({ description: 'Who else is at the ticket, first who came first.' }) })
  .meta({ id: 'PresenceSet' })
export type PresenceSet = z.output<typeof PresenceSet>

export const TellPresence = z
  .strictObject({ state: PresenceState })
  .meta({ id: 'TellPresence', examples: [{ state: 'replying' }] })
