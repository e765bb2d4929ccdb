import type { App } from '../../../platform/app-context.ts'
import { createLanes, type InLane } from '../../../platform/caller-lanes.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Place } from '../../../platform/events/log-epoch.ts'
import { createFairLane, type InFairLane } from '../../../platform/fair-lane.ts'
import type { EventWriter } from '../../../platform/live/event-stream.ts'
import { perApp } from '../../../platform/per-app.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { whoGivesWay } from './crowd.ts'
import type { FeedFilter } from './feed-filter.ts'
import type { FeedReader } from './feed-reader.ts'
import type { Holder } from './stream-holder.ts'

/**
 * How many streams may be open at once: of an account in all web processes of the program, and of all accounts in one
 * process.
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
  /** How many heartbeats in a row found something that waits, and nothing taken. */
  idleBeats: number
}

/** The open streams of a process. */
export interface Streams {
  open: Set<OpenStream>
  /** Reads what comes, for all streams of a tenant: in the lane `hub`. */
  inLane: InLane
  /** Reads for one stream that catches up. Tenants take turns. */
  catchUp: InFairLane
  /** Ends what runs as long as a stream is open. */
  stop: (() => void) | null
}

/** The open streams of a process. */
export const streamsOf = perApp(({ config }): Streams => {
  const refusal = (): Error => new AppError('unavailable')
  const atOnce = connectionsOf(config.DATABASE_POOL_SIZE)
  const inLane = createLanes({ atOnce, waiting: streamsAtMost.ofProcess, refusal })
  return { open: new Set(), inLane, catchUp: createFairLane(atOnce), stop: null }
})

/** The streams that have a place. One that was ended may take a moment until its reader has gone. */
const stayingIn = ({ open }: Streams): OpenStream[] => [...open].filter(({ writer }) => !writer.isOver())

/** Ends a stream in favour of another reader when all places are taken. Its reader may come back when there is room. */
const makeRoom = (streams: Streams, reader: FeedReader): void => {
  const staying = stayingIn(streams)
  if (staying.length >= streamsAtMost.ofProcess) whoGivesWay(staying, reader)?.writer.end()
}

/**
 * Takes one of the streams that an account may have, by whatever it opens them. Answers with the function that gives it
 * back.
 * @throws AppError `too_many_streams`.
 */
export const takePlace = async ({ places }: App, { tenantId, accountId }: FeedReader): Promise<() => void> => {
  const giveBack = await places.take(`stream ${tenantId} ${accountId}`, streamsAtMost.ofAccount)
  if (giveBack !== null) return giveBack
  throw new AppError('too_many_streams', {
    detail: `You have ${streamsAtMost.ofAccount} open streams already; close one, or share one among your windows.`,
  })
}

/**
 * Refuses one stream too many.
 * @throws AppError `unavailable` when the process has as many as it takes, and none gives way.
 */
export const refuseCrowd = (streams: Streams, reader: FeedReader): void => {
  const staying = stayingIn(streams)
  if (staying.length >= streamsAtMost.ofProcess && whoGivesWay(staying, reader) === undefined) {
    throw new AppError('unavailable', { detail: 'Too many streams are open. Use GET /events, or try again later.' })
  }
}

/** Adds a stream, until it is over. `begin` starts what runs as long as streams are open. */
export const addStream = (app: App, stream: OpenStream, begin: () => () => void): void => {
  const streams = streamsOf(app)
  makeRoom(streams, stream.reader)
  const { open } = streams
  open.add(stream)
  app.metrics.openStreams.set(open.size)
  streams.stop ??= begin()
  stream.writer.whenOver(() => {
    open.delete(stream)
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
export const endOtherRole = ({ actor, writer }: OpenStream, rows: { reader_role: string }[]): void => {
  if (rows.some(({ reader_role }) => reader_role !== actor.role)) writer.end()
}
