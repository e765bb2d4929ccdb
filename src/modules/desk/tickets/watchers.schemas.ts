import { z } from 'zod'
import { Role } from '../../../contract/enums.ts'
import { withCanonicalId } from '../../../platform/schemas.ts'
import { TicketId } from './tickets.schemas.ts'

/** The account may be any text: an unknown account gets the same refusal as a customer's account. */
export const WatcherParams = z.object({
  ticketId: TicketId,
  accountId: z
    .string()
    .transform(withCanonicalId(['TEC', 'CUS']))
    .meta({ description: 'An admin by their user id, or a technician, like TEC0001.', examples: ['TEC0001'] }),
})

export const Watcher = z
  .object({
    account_id: z.string(),
    name: z.string(),
    role: Role,
    ticket_ids: z.array(z.string()).meta({ description: 'The tickets of the conversation that they watch.' }),
  })
  .meta({ id: 'Watcher' })
export type Watcher = z.output<typeof Watcher>

export const WatcherSet = z.object({ watchers: z.array(Watcher) }).meta({ id: 'WatcherSet' })
export type WatcherSet = z.output<typeof WatcherSet>

/** The name of a condition on an account `a`: its person wants to be told nothing of a mention. */
export const silentOnMentions = 'silent_on_mentions'
