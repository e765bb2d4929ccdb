import { exec, join, planForBatch, sql, type Tx } from '../../../platform/db/sql.ts'
import type { EventKeys, FollowingSteps } from '../../../platform/events/fan-out.ts'
import { recipientSteps } from './recipients.steps.ts'

/**
 * Finds who is told of a batch of events, once, and lets the steps of all channels write what they get. The steps
 * select from `recipients`.
 */
export const tellRecipients = async (tx: Tx, batch: EventKeys, steps: FollowingSteps): Promise<void> => {
  const statement = sql`with ${join([recipientSteps(batch), ...steps])} select`
  await exec(tx, planForBatch(statement, batch.eventIds.length))
}
