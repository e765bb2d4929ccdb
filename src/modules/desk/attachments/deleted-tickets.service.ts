import type { App } from '../../../platform/app-context.ts'
import { endRestoringOf } from './deleted-tickets.queries.ts'

/**
 * Removes the files of at most `limit` tickets that were deleted so many days ago as their tenant says. From then on
 * these tickets cannot be restored. Answers with the number of tickets.
 */
export const endRestoring = async (app: App, limit: number): Promise<number> => {
  const { tickets, files } = await endRestoringOf(app.pool, app.config.DELETED_DAYS, limit)
  if (tickets > 0) app.log.info({ tickets, files }, 'files of deleted tickets leave the store')
  return tickets
}
