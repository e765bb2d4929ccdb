import { z } from 'zod'
import type { PassingType } from '../../../contract/passing-events.ts'
import type { App } from '../../../platform/app-context.ts'
import { outOfTurn } from '../../../platform/db/connection-turns.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Place } from '../../../platform/events/log-epoch.ts'
import { type EventWriter, frameOf, unsentAtMost } from '../../../platform/live/event-stream.ts'
import { showTickets } from '../../desk/tickets/ticket-reading.service.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { filterOf, type StreamQuery } from './feed.schemas.ts'
import { openPlace, placeToday, sealPlace, shownToWire } from './feed.service.ts'
import { type FeedReader, readerOf } from './feed-reader.ts'
import {
  addStream,
  cutStream,
  endOtherRole,
  type OpenStream,
  refuseCrowd,
  streamsOf,
  takePlace,
} from './open-streams.ts'
import { listShownEvents, type ShownEvent } from './shown-events.service.ts'
import { holderOf } from './stream-holder.ts'
import { enterHub } from './stream-hub.service.ts'
import { isWithinQuota } from './stream-quota.service.ts'
import { startUpkeep } from './stream-upkeep.service.ts'

/** How many positions a stream that catches up reads at once. */
const readsAtOnce = 500
/** How long a stream waits to hear what passes, in milliseconds, before it begins all the same. */
const readyMs = 2_000
/** How long a place is kept for a stream that does not begin, in milliseconds. */
const unusedMs = 1_000
/** Whoever catches up leaves room for what passes meanwhile. */
const unsentWhileCatchingUp = unsentAtMost / 2

/** Where a stream begins, and what its reader is told first. */
interface Start {
  place: Place
  frame: string
}

const Forked = z.object({ fork: z.string().nullable(), epoch: z.string() })

/**
 * Runs what finds a place. A reader who has read what today's log does not have goes on after the fork, and is told so
 * by an event, because a browser cannot read the body of a refusal.
 */
const orAfterFork = async (app: App, reader: FeedReader, find: () => Promise<Place>): Promise<Start> => {
  try {
    return { place: await find(), frame: '' }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'log_forked') throw error
    const data = Forked.parse(error.options.extra)
    const place = await openPlace(app, reader, data.fork ?? 'latest')
    const type = 'log.forked' satisfies PassingType
    return { place, frame: frameOf({ id: sealPlace(app, reader, place), type, data }) }
  }
}

/** Sends events one by one, as fast as the reader takes them. */
const deliver = async (app: App, stream: OpenStream, epoch: string, rows: ShownEvent[]): Promise<void> => {
  const { writer, reader } = stream
  for (const event of shownToWire(app, reader, epoch, rows)) {
    if (writer.unsent() > unsentWhileCatchingUp) await writer.drained()
    if (writer.isOver()) return
    const frame = frameOf({ id: event.id, type: event.type, data: event })
    if (!writer.send(frame)) cutStream(app, stream, 'too_much_unsent')
  }
  await writer.drained()
}

/** Gives a stream what its reader has missed, until its place is the end of the log. */
const catchUp = async (app: App, stream: OpenStream): Promise<void> => {
  const { reader, writer } = stream
  const { tenantId, accountId } = reader
  const { catchUp: inLane } = streamsOf(app)
  while (!writer.isOver()) {
    const { epoch, position: after } = stream.place
    // The lane bounds it. A turn of the account would let its other requests hold up the lane.
    const page = await outOfTurn(() =>
      inLane(String(tenantId), () =>
        listShownEvents(app.pool, tenantId, [accountId], { after, limit: readsAtOnce, ...stream.filter }),
      ),
    )
    if (page.epoch !== epoch) {
      const { place, frame } = await orAfterFork(app, reader, () => placeToday(app, reader, stream.place))
      writer.send(frame)
      stream.place = place
      continue
    }
    endOtherRole(stream, page.rows)
    if (!writer.isOver() && !(await isWithinQuota(app, stream, page.rows))) {
      writer.end()
      return
    }
    await deliver(app, stream, epoch, page.rows)
    stream.place = { epoch, position: page.through }
    if (page.through >= page.head) return
  }
}

/** Gives a stream everything, from its place on, until it is over. `isAtEnd`: there is nothing to catch up with. */
const follow = async (app: App, stream: OpenStream, isAtEnd: boolean): Promise<void> => {
  const { writer } = stream
  const seat = enterHub(app, stream)
  try {
    if (!isAtEnd) await catchUp(app, stream)
    while (!writer.isOver()) {
      await seat.join()
      if (!writer.isOver()) await catchUp(app, stream)
    }
  } catch (error) {
    // The reader connects again, and learns then what is wrong, if it still is.
    app.log.warn({ error, request_id: stream.requestId }, 'a stream was ended')
    writer.end()
  }
}

/** A call that opens a stream. */
interface Opening {
  app: App
  actor: User
  requestId: string
  waiting: { lastEventId: string | null }
}

/** Begins a stream on its open answer. */
const begin = (app: App, stream: OpenStream, frame: string, isAtEnd: boolean): void => {
  const { writer, reader, place } = stream
  addStream(app, stream, () => startUpkeep(app))
  writer.beat(sealPlace(app, reader, place))
  if (frame !== '') writer.send(frame)
  void follow(app, stream, isAtEnd)
}

/**
 * Opens a stream of what its reader may see. Answers with the function that takes over the open answer.
 * @throws AppError `invalid_cursor`, `too_many_streams`, `quota_exceeded`; `unavailable` when too many streams are
 * open.
 */
export const openStream = async (call: Opening, query: StreamQuery): Promise<(writer: EventWriter) => void> => {
  const { app, actor, requestId, waiting } = call
  const reader = readerOf(actor)
  const streams = streamsOf(app)
  refuseCrowd(streams, reader)
  const giveBack = await takePlace(app, reader)
  try {
    const from = waiting.lastEventId ?? query.after ?? 'latest'
    const find = (): Promise<Start> => orAfterFork(app, reader, () => openPlace(app, reader, from))
    const { place, frame } = await showTickets(call, find, () => [])
    await app.signals.ready(readyMs)
    refuseCrowd(streams, reader)
    // No stream follows on a HEAD, and none when the program stops.
    const unused = setTimeout(giveBack, unusedMs)
    const parts = { actor, reader, requestId, place, filter: filterOf(query), holder: holderOf(actor) }
    return (writer) => {
      clearTimeout(unused)
      writer.whenOver(giveBack)
      begin(app, { ...parts, writer, isLive: false, takenAtBeat: 0, idleBeats: 0 }, frame, from === 'latest')
    }
  } catch (error) {
    giveBack()
    throw error
  }
}
