import type { App } from '../../../platform/app-context.ts'
import { createLanes, type InLane } from '../../../platform/caller-lanes.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Place } from '../../../platform/events/log-epoch.ts'
import type { EventWriter } from '../../../platform/live/event-stream.ts'
import type { User } from '../../identity/accounts/actor.ts'
import type { FeedFilter } from './feed-filter.ts'
import type { FeedReader } from './feed-reader.ts'
import type { ShownEvent } from './shown-events.queries.ts'
import type { Holder } from './stream-holder.ts'

/**
 * How many streams may be open at once in a process. Each process counts for itself, so with several web processes a
 * person may have a few more.
 * @internal Exported for the tests.
 */
export const streamsAtMost = { ofAccount: 5, ofProcess: 1_000 }

/**
 * How many connections streams take that catch up, and as many for what comes: together less than the pool has, so that
 * those who come back together leave connections to requests. Never none, of the smallest pool.
 */
const connectionsOf = (pool: number): number => Math.max(1, Math.min(4, Math.floor(pool / 3)))

/** A stream that is open. */
export interface OpenStream {
  actor: User
  reader: FeedReader
  /** Which events of the log the reader wants. */
  filter: FeedFilter
  holder: Holder
  requestId: string
  writer: EventWriter
  /** Up to where the reader has what they are shown. */
  place: Place
  /** Whether the hub gives what comes. Otherwise the stream catches up by itself. */
  isLive: boolean
  /** How many bytes the reader had taken at the last heartbeat. */
  takenAtBeat: number
}

/** The open streams of a process. */
export interface Streams {
  open: Set<OpenStream>
  byAccount: Map<string, Set<OpenStream>>
  /** Reads for the streams: in the lane `catch-up` or `hub`. */
  inLane: InLane
  /** Ends what runs as long as a stream is open. */
  stop: (() => void) | null
}

const streamsOfApps = new WeakMap<App, Streams>()

/** The open streams of a process. */
export const streamsOf = (app: App): Streams => {
  const known = streamsOfApps.get(app)
  if (known !== undefined) return known
  const refusal = (): Error => new AppError('unavailable')
  const atOnce = connectionsOf(app.config.DATABASE_POOL_SIZE)
  const inLane = createLanes({ atOnce, waiting: streamsAtMost.ofProcess, refusal })
  const made: Streams = { open: new Set(), byAccount: new Map(), inLane, stop: null }
  streamsOfApps.set(app, made)
  return made
}

const accountOf = ({ tenantId, accountId }: FeedReader): string => `${tenantId} ${accountId}`

/**
 * Refuses one stream too many. The account counts, by whatever its streams are opened.
 * @throws AppError `too_many_streams`; `unavailable` when the process has as many as it takes.
 */
export const refuseCrowd = ({ open, byAccount }: Streams, reader: FeedReader): void => {
  if ((byAccount.get(accountOf(reader))?.size ?? 0) >= streamsAtMost.ofAccount) {
    throw new AppError('too_many_streams', {
      detail: `You have ${streamsAtMost.ofAccount} open streams already; close one, or share one among your windows.`,
    })
  }
  if (open.size >= streamsAtMost.ofProcess) {
    throw new AppError('unavailable', { detail: 'Too many streams are open. Use GET /events, or try again later.' })
  }
}

/** Adds a stream, until it is over. `begin` starts what runs as long as streams are open. */
export const addStream = (app: App, stream: OpenStream, begin: () => () => void): void => {
  const streams = streamsOf(app)
  const { open, byAccount } = streams
  const account = accountOf(stream.reader)
  const own = byAccount.get(account) ?? new Set()
  byAccount.set(account, own.add(stream))
  open.add(stream)
  app.metrics.openStreams.set(open.size)
  streams.stop ??= begin()
  stream.writer.whenOver(() => {
    open.delete(stream)
    own.delete(stream)
    if (own.size === 0 && byAccount.get(account) === own) byAccount.delete(account)
    app.metrics.openStreams.set(open.size)
    if (open.size > 0) return
    streams.stop?.()
    streams.stop = null
  })
}

/** Cuts a stream whose reader does not read. They may come back and go on where they were. */
export const cutStream = (app: App, { writer }: OpenStream, reason: 'too_much_unsent' | 'stalled'): void => {
  if (writer.isOver()) return
  app.metrics.cutStreams.inc({ reason })
  writer.cut()
}

/**
 * Ends a stream whose reader has another role than when they opened it, as what was read for them tells. Nothing of it
 * is given, because the stream is in the form of the former role.
 */
export const endOtherRole = ({ actor, writer }: OpenStream, rows: ShownEvent[]): void => {
  if (rows.some(({ reader_role }) => reader_role !== actor.role)) writer.end()
}
