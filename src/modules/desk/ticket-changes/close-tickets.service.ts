import type { App } from '../../../platform/app-context.ts'
import { transaction } from '../../../platform/db/transaction.ts'
import { closeDueTickets, lockDueTickets } from './close-tickets.queries.ts'

const batchSize = 500

/** The job that closes tickets which have been resolved for the `auto_close_days` of their
 * tenant, in batches of one transaction each. */
export const closeTicketsInTime = async (app: App): Promise<void> => {
  let found = batchSize
  while (found === batchSize) {
    found = await transaction(app.pool, async (tx) => {
      const due = await lockDueTickets(tx, app.config.AUTO_CLOSE_DAYS, batchSize)
      if (due.length > 0) await closeDueTickets(tx, due)
      return due.length
    })
  }
}
