import type { Follower } from '../../../platform/events/fan-out.ts'
import { insertDeliveries, webhooksOf } from './write-deliveries.queries.ts'

/** The follower of the log that puts events in the queues of webhooks. */
export const webhookFollower = (): Follower =>
  Object.assign(
    async (...[tx, batch]: Parameters<Follower>): Promise<void> => {
      await insertDeliveries(tx, batch)
    },
    { weigh: webhooksOf },
  )
