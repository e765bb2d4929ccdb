import type { App } from '../../../platform/app-context.ts'
import { type Follower, type FollowingSteps, hasOneOf } from '../../../platform/events/fan-out.ts'
import { rowsAtMost, toldTypes } from './recipients.steps.ts'
import { tellRecipients } from './tell-recipients.queries.ts'

/**
 * The follower of the log that tells the recipients of a batch of events, in the ways of all channels: their steps are
 * the `followingSteps` of the modules.
 */
export const recipientFollower = (_: App, steps: FollowingSteps): Follower => {
  const take: Follower = async (tx, batch) => {
    if (hasOneOf(batch, ...toldTypes)) await tellRecipients(tx, batch, steps)
  }
  return Object.assign(take, { weigh: rowsAtMost })
}
