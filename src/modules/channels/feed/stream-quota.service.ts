import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { showTickets } from '../../desk/tickets/ticket-reading.service.ts'
import { isTypeOfTickets } from './feed.schemas.ts'
import type { OpenStream } from './open-streams.ts'
import type { ShownEvent } from './shown-events.queries.ts'

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
export const spendShown = async (
  app: App,
  streams: OpenStream[],
  rowsOf: Map<string, ShownEvent[]>,
): Promise<Set<string>> => {
  const oneOf = new Map(streams.map((stream) => [stream.reader.accountId, stream]))
  const over = await Promise.all(
    [...rowsOf].map(async ([accountId, rows]) => {
      const stream = oneOf.get(accountId)
      return stream === undefined || (await isWithinQuota(app, stream, rows)) ? [] : [accountId]
    }),
  )
  return new Set(over.flat())
}
