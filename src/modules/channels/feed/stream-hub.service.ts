import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../../platform/app-context.ts'
import { outOfTurn } from '../../../platform/db/connection-turns.ts'
import type { Place } from '../../../platform/events/log-epoch.ts'
import { frameOf, unsentAtMost } from '../../../platform/live/event-stream.ts'
import { eventsKind, resyncKind, type Signal } from '../../../platform/live/signals.ts'
import { perApp } from '../../../platform/per-app.ts'
import { shownToWire } from './feed.service.ts'
import { isWanted } from './feed-filter.ts'
import { cutStream, endOtherRole, type OpenStream, streamsOf } from './open-streams.ts'
import { listShownEvents, type ShownEvent } from './shown-events.service.ts'
import { hearPassing, type PassingRoom, passOn } from './stream-passing.service.ts'
import { spendShown } from './stream-quota.service.ts'

/** How many positions the hub reads at once, for all its streams together. */
const readsAtOnce = 500
/** How long the hub waits for the database when a look has failed. */
const pauseMs = 1_000
/**
 * After a look the hub gathers what comes, at least so long, and as long as the look took, up to the most: so it is at
 * work half of the time at most, however many changes there are. What comes after a quiet time is read at once.
 */
const gatherMs = { least: 50, most: 200 }

/** The hub of one tenant in this process: what comes is read once for all its open streams. */
interface State extends PassingRoom {
  /** The streams that the hub gives what comes, each with what lets it catch up by itself. */
  live: Map<OpenStream, () => void>
  /** Those who want to be among them. */
  joining: Map<OpenStream, () => void>
  /** Up to where the hub has read, unless `isDue`. Null before its first look. */
  seen: Place | null
  isDue: boolean
  isRunning: boolean
}

/** Lets a stream catch up by itself. */
const leave = ({ live, joining }: State, stream: OpenStream): void => {
  const onBehind = live.get(stream) ?? joining.get(stream)
  live.delete(stream)
  joining.delete(stream)
  stream.isLive = false
  onBehind?.()
}

/** What a round found, with the frames that were written already: all admins who want the same get the same. */
interface Round {
  epoch: string
  through: number
  frames: Map<string, string>
}

const framesFor = (app: App, { reader }: OpenStream, { epoch, frames }: Round, rows: ShownEvent[]): string => {
  if (rows.length === 0) return ''
  const key = rows.map(({ position }) => position).join()
  // A change of their own role is told to one reader only.
  const isShared = reader.seesAll && rows.every((row) => row.reader_role === 'admin' && row.shown === 'event')
  const known = isShared ? frames.get(key) : undefined
  if (known !== undefined) return known
  const text = shownToWire(app, reader, epoch, rows)
    .map((event) => frameOf({ id: event.id, type: event.type, data: event }))
    .join('')
  if (isShared) frames.set(key, text)
  return text
}

/**
 * Gives a stream its events of a round, all or none. Who has left much unread is cut; for all others a burst is only
 * too large to be sent at once, so they catch up by themselves.
 */
const give = (state: State, stream: OpenStream, round: Round, rows: ShownEvent[]): void => {
  const { writer, place } = stream
  if (round.epoch !== place.epoch) {
    leave(state, stream)
    return
  }
  const frames = framesFor(state.app, stream, round, rows)
  if (frames === '' || writer.send(frames)) {
    stream.place = { epoch: round.epoch, position: Math.max(place.position, round.through) }
  } else if (writer.unsent() > unsentAtMost / 2) cutStream(state.app, stream, 'too_much_unsent')
  else leave(state, stream)
}

/** Whether a stream has not given an event to its reader, who wants it. */
const isNextOf = ({ place, filter }: OpenStream, row: ShownEvent): boolean =>
  row.position > place.position && isWanted(filter, row)

/** What a look at the log found. */
type Found = Awaited<ReturnType<typeof listShownEvents>>

/** Reads what comes next, once for all of these streams, and gives each its part. */
const readFor = async (state: State, streams: OpenStream[]): Promise<Found> => {
  const { app, tenantId } = state
  const after = Math.min(...streams.map(({ place }) => place.position))
  const accountIds = [...new Set(streams.map(({ reader }) => reader.accountId))]
  const found = await streamsOf(app).inLane('hub', () =>
    listShownEvents(app.pool, tenantId, accountIds, { after, limit: readsAtOnce }),
  )
  const rowsOf = Map.groupBy(found.rows, ({ account_id }) => account_id)
  const rowsFor = ({ reader }: OpenStream): ShownEvent[] => rowsOf.get(reader.accountId) ?? []
  for (const stream of streams) endOtherRole(stream, rowsFor(stream))
  const remaining = streams.filter(({ writer }) => !writer.isOver())
  const parts = new Map(remaining.map((stream) => [stream, rowsFor(stream).filter((row) => isNextOf(stream, row))]))
  const over = await spendShown(app, parts)
  const round: Round = { epoch: found.epoch, through: found.through, frames: new Map() }
  for (const [stream, rows] of parts) {
    if (stream.writer.isOver()) continue
    if (over.has(stream.reader.accountId)) stream.writer.end()
    else give(state, stream, round, rows)
  }
  return found
}

/** Reads what has come since the last look, for all streams that wait for it. */
const readOnce = async (state: State): Promise<void> => {
  state.isDue = false
  const { through, head, epoch } = await readFor(state, [...state.live.keys()])
  state.seen = { epoch, position: through }
  if (through < head) state.isDue = true
}

/** Whether the hub has read what comes after the place of a stream, so that it does not read it again. */
const isBehind = ({ seen }: State, { place }: OpenStream): boolean =>
  seen !== null && seen.epoch === place.epoch && place.position < seen.position

/**
 * Lets streams join. Those that missed a look while they caught up get what it found by a look of their own, which all
 * who join at the same time share; the others are not read for again.
 */
const admit = async (state: State): Promise<void> => {
  const { live, joining } = state
  const behind = [...joining.keys()].filter((stream) => isBehind(state, stream))
  const others = [...joining.keys()].filter((stream) => !isBehind(state, stream))
  if (behind.length > 0) await readFor(state, behind)
  for (const stream of [...behind, ...others]) {
    const onBehind = joining.get(stream)
    if (onBehind === undefined) continue
    if (isBehind(state, stream)) leave(state, stream)
    else {
      joining.delete(stream)
      live.set(stream, onBehind)
      stream.isLive = true
      // The hub does not know yet what comes after the place of this stream.
      if (state.seen?.epoch !== stream.place.epoch) state.isDue = true
    }
  }
}

/** As long as no stream is live, what comes stays due. */
const isWorkLeft = ({ streams, live, joining, isDue, passing }: State): boolean =>
  streams.size > 0 && ((isDue && live.size > 0) || joining.size > 0 || passing.size > 0)

/** Gathers what comes, after work that began at a time. */
const gather = async (since: number): Promise<void> => {
  const tookMs = performance.now() - since
  await sleep(Math.min(gatherMs.most, Math.max(gatherMs.least, tookMs)))
}

const run = async (state: State): Promise<void> => {
  if (state.isRunning) return
  state.isRunning = true
  // Signals that come together are read together.
  await Promise.resolve()
  while (isWorkLeft(state)) {
    const since = performance.now()
    try {
      await passOn(state)
      if (state.joining.size > 0) await admit(state)
      if (state.isDue && state.live.size > 0) await readOnce(state)
      await gather(since)
    } catch (error) {
      state.app.log.warn({ error }, 'the streams of a tenant wait for the database')
      state.isDue = true
      await sleep(pauseMs)
    }
  }
  state.isRunning = false
}

const start = (state: State): void => void outOfTurn(() => run(state))

const hear = (state: State, signal: Signal): void => {
  const { kind } = signal
  if (kind === eventsKind || kind === resyncKind) state.isDue = true
  hearPassing(state, signal)
  start(state)
}

const hubsOf = perApp(() => new Map<number, { state: State; stopListening: () => void }>())

const createState = (app: App, tenantId: number): State => ({
  app,
  tenantId,
  streams: new Set(),
  live: new Map(),
  joining: new Map(),
  seen: null,
  passing: new Map(),
  isDue: false,
  isRunning: false,
})

/** The part of the hub of a tenant that one stream has. */
interface Seat {
  /** Lets the hub give what comes from now on. Answers when the stream has to catch up again by itself. */
  join(): Promise<void>
}

/** Brings a stream to the hub of its tenant, until the stream is over. What passes is given from here on. */
export const enterHub = (app: App, stream: OpenStream): Seat => {
  const { tenantId } = stream.reader
  const hubs = hubsOf(app)
  const known = hubs.get(tenantId)
  const state: State = known?.state ?? createState(app, tenantId)
  if (known === undefined) {
    hubs.set(tenantId, { state, stopListening: app.signals.on((signal) => hear(state, signal), tenantId) })
  }
  state.streams.add(stream)
  stream.writer.whenOver(() => {
    state.streams.delete(stream)
    leave(state, stream)
    if (state.streams.size > 0) return
    hubs.get(tenantId)?.stopListening()
    hubs.delete(tenantId)
  })
  return {
    join: () =>
      new Promise((resolve) => {
        state.joining.set(stream, resolve)
        start(state)
      }),
  }
}
