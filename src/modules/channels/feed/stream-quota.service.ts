import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { showTickets } from '../../desk/tickets/ticket-reading.service.ts'
import { isTypeOfTickets } from './feed.schemas.ts'
import type { OpenStream } from './open-streams.ts'
import type { ShownEvent } from './shown-events.service.ts'

const ticketsIn = (rows: ShownEvent[]): string[] =>
  rows.flatMap(({ shown, type, subject_id }) => (shown === 'event' && isTypeOfTickets(type) ? [subject_id] : []))

/** Counts the tickets that events show to the reader of a stream. Answers whether they may have the events. */
export const isWithinQuota = async (
  app: App,
  { actor, requestId }: OpenStream,
  rows: ShownEvent[],
): Promise<boolean> => {
  try {
    await showTickets({ app, actor, requestId }, async () => rows, ticketsIn)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'quota_exceeded') return false
    throw error
  }
}

/** Counts what streams are about to show. Answers with the accounts that have used up their quota. */
export const spendShown = async (app: App, parts: Map<OpenStream, ShownEvent[]>): Promise<Set<string>> => {
  const shown = [...parts].filter(([, rows]) => rows.length > 0)
  const byAccount = Map.groupBy(shown, ([{ reader }]) => reader.accountId)
  const over = await Promise.all(
    [...byAccount].map(async ([accountId, own]) => {
      const [[stream] = []] = own
      const rows = own.flatMap(([, part]) => part)
      return stream === undefined || (await isWithinQuota(app, stream, rows)) ? [] : [accountId]
    }),
  )
  return new Set(over.flat())
}
