import type { App } from '../../../platform/app-context.ts'
import { AppError } from '../../../platform/errors.ts'
import { forkSince, type Place } from '../../../platform/events/log-epoch.ts'
import { findHead } from './feed.queries.ts'
import type { FeedEvent } from './feed.schemas.ts'
import { readCursor, writeCursor } from './feed-cursors.ts'
import type { FeedReader } from './feed-reader.ts'
import type { ShownEvent } from './shown-events.service.ts'

/** The error for a text that is no place of this reader. */
const invalidPlace = (): AppError =>
  new AppError('invalid_cursor', {
    detail:
      'A place is the `next` or the `id` of an event that you got, unchanged. A place of another account, or of a role ' +
      'that you had before, does not count. `latest` is the end of the log; without a place the log is read from its beginning.',
  })

/** The error for a place of this reader that today's log does not reach. */
const placeBehindEnd = (): AppError =>
  new AppError('invalid_cursor', {
    detail:
      'The log ends before this place, so the database went back without noticing it. The operator runs ' +
      '`npm run after-restore`. Ask for `after=latest` first, then read your lists anew, and go on from its `next`.',
  })

/** The cursor of a place, as this reader may know it. */
export const sealPlace = (app: App, reader: FeedReader, place: Place): string => writeCursor(app.secrets, reader, place)

const forked = (app: App, reader: FeedReader, epoch: string, fork: number | null): AppError => {
  const next = fork === null ? null : sealPlace(app, reader, { epoch, position: fork })
  const advice =
    next === null
      ? 'Nothing is known of the log that you read. Ask for `after=latest`, then read your lists anew, and go on from its `next`.'
      : 'What you read after `fork` may not have happened. Undo it or read your lists anew, and go on with `fork` as `after`.'
  return new AppError('log_forked', {
    detail: `The database was restored or replaced. ${advice}`,
    extra: { fork: next, epoch },
  })
}

/**
 * The same place in today's log.
 * @throws AppError `log_forked` when the reader has read what today's log does not have; `invalid_cursor` for a place
 * behind the end of the log.
 */
export const placeToday = async (app: App, reader: FeedReader, { epoch, position }: Place): Promise<Place> => {
  const { epoch: today, position: head } = await findHead(app.pool, reader.tenantId)
  if (epoch !== today) {
    const fork = await forkSince(app.pool, reader.tenantId, epoch)
    if (fork === 'unknown' || (fork !== null && position > fork)) {
      throw forked(app, reader, today, fork === 'unknown' ? null : fork)
    }
  }
  if (position > head) throw placeBehindEnd()
  return { epoch: today, position }
}

/**
 * The place of a cursor in today's log: `latest` is its end, and without a cursor its beginning.
 * @throws AppError `invalid_cursor` for a text that is no cursor of this reader; `log_forked`.
 */
export const openPlace = async (app: App, reader: FeedReader, text: string | undefined): Promise<Place> => {
  if (text === undefined || text === 'latest') {
    const { epoch, position } = await findHead(app.pool, reader.tenantId)
    return { epoch, position: text === undefined ? 0 : position }
  }
  const place = readCursor(app.secrets, reader, text)
  if (place === null) throw invalidPlace()
  return placeToday(app, reader, place)
}

const withoutSchema = ({ schema: _, ...details }: Record<string, unknown>): Record<string, unknown> => details

/**
 * Events of one reader in the order of the log, as the feed and the stream give them. Where one position tells several
 * things, only the last of them has its place: who goes on after another of them gets them all again.
 */
export const shownToWire = (app: App, reader: FeedReader, epoch: string, rows: ShownEvent[]): FeedEvent[] =>
  rows.map((row, index) => {
    const isLast = rows[index + 1]?.position !== row.position
    const { actor_id: id, actor_name: name, actor_role: role } = row
    return {
      id: sealPlace(app, reader, { epoch, position: isLast ? row.position : row.position - 1 }),
      position: reader.seesAll ? row.position : null,
      type: row.type,
      schema: row.schema,
      subject_id: row.subject_id,
      subject_version: row.subject_version,
      occurred_at: row.occurred_at,
      actor: role === 'system' ? null : { id, name: name ?? '', role },
      changes: row.changes,
      details: withoutSchema(row.details),
    }
  })
