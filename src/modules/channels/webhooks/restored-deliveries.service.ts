import type { App } from '../../../platform/app-context.ts'
import { inSteps } from '../../../platform/in-steps.ts'
import { resendSome } from './resend.queries.ts'
import {
  countHeldOnes,
  holdSomeDeliveries,
  listResending,
  releaseSomeDeliveries,
} from './restored-deliveries.queries.ts'

/** How many deliveries one statement holds or releases. */
const batch = 5_000
/** How many webhooks whose resend is under way take a step in turn. */
const resendingAtOnce = 100

/** Puts all that is left of the resends that were under way in the queue. Answers with nothing. */
const endResends = async ({ pool }: App): Promise<void> => {
  for (;;) {
    const resending = await listResending(pool, resendingAtOnce)
    if (resending.length === 0) return
    // Resends are rare, and a step moves each by a thousand events.
    for (const webhook of resending) await resendSome(pool, webhook)
  }
}

/** Ends the resends that were under way, and then holds every delivery that waits. Answers with their number. */
export const holdWaitingDeliveries = async (app: App): Promise<number> => {
  await endResends(app)
  return inSteps((limit) => holdSomeDeliveries(app.pool, limit), batch)
}

/** Puts every held delivery in the queue. Answers with their number. */
export const releaseHeldDeliveries = ({ pool }: App): Promise<number> =>
  inSteps((limit) => releaseSomeDeliveries(pool, limit), batch)

/** How many deliveries are held since a restore, in all tenants. */
export const countHeldDeliveries = ({ pool }: App): Promise<number> => countHeldOnes(pool)
