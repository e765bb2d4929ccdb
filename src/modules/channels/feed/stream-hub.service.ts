import { setTimeout as sleep } from 'node:timers/promises'
import type { PassingType } from '../../../contract/passing-events.ts'
import type { App } from '../../../platform/app-context.ts'
import { outOfTurn } from '../../../platform/db/connection-turns.ts'
import { frameOf, unsentAtMost } from '../../../platform/live/event-stream.ts'
import { eventsKind, resyncKind, type Signal } from '../../../platform/live/signals.ts'
import { shownToWire } from './feed.service.ts'
import { cutStream, type OpenStream, streamsOf } from './open-streams.ts'
import { listShownEvents, type ShownEvent } from './shown-events.queries.ts'
import { spendShown } from './stream-quota.service.ts'

/** How many positions the hub reads at once, for all its streams together. */
const readsAtOnce = 500
/** How many keys of signals of one kind become events at once. */
const keysAtOnce = 1_000
/** How many may wait. */
const keysAtMost = 10_000
const pauseMs = 1_000

/** The hub of one tenant in this process: what comes is read once for all its open streams. */
interface State {
  app: App
  tenantId: number
  streams: Set<OpenStream>
  /** The streams that the hub gives what comes, each with what lets it catch up by itself. */
  live: Map<OpenStream, () => void>
  /** Signals of what passes, as keys by their kind. */
  passing: Map<string, Set<string>>
  isDue: boolean
  isRunning: boolean
}

/** Lets a stream catch up by itself. */
const leave = ({ live }: State, stream: OpenStream): void => {
  const onBehind = live.get(stream)
  live.delete(stream)
  stream.isLive = false
  onBehind?.()
}

/** What a round found, with the frames that were written already: all who see everything get the same. */
interface Round {
  epoch: string
  through: number
  frames: Map<string, string>
}

const framesFor = (app: App, { reader }: OpenStream, { epoch, frames }: Round, rows: ShownEvent[]): string => {
  if (rows.length === 0) return ''
  const key = `${rows[0]?.position} ${rows.length}`
  // A change of their own role is told to one reader only.
  const isShared = reader.seesAll && rows.every(({ shown }) => shown === 'event')
  const known = isShared ? frames.get(key) : undefined
  if (known !== undefined) return known
  const text = shownToWire(app, reader, epoch, rows)
    .map((event) => frameOf({ id: event.id, type: event.type, data: event }))
    .join('')
  if (isShared) frames.set(key, text)
  return text
}

/**
 * Gives a stream its events of a round, all or none. Who has left much unread is cut; for all others a burst is only too
 * large to be sent at once, so they catch up by themselves.
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

/** Reads what comes next, once for all streams that wait for it, and gives each its part. */
const readOnce = async (state: State): Promise<void> => {
  const { app, tenantId, live } = state
  const waiting = [...live.keys()]
  if (waiting.length === 0) return
  const after = Math.min(...waiting.map(({ place }) => place.position))
  const accountIds = [...new Set(waiting.map(({ reader }) => reader.accountId))]
  const page = await streamsOf(app).inLane('hub', () =>
    listShownEvents(app.pool, tenantId, accountIds, { after, limit: readsAtOnce }),
  )
  const rowsOf = Map.groupBy(page.rows, ({ account_id }) => account_id)
  const over = await spendShown(app, waiting, rowsOf)
  const round: Round = { epoch: page.epoch, through: page.through, frames: new Map() }
  for (const stream of waiting) {
    if (!live.has(stream)) continue
    if (over.has(stream.reader.accountId)) stream.writer.end()
    else {
      const rows = rowsOf.get(stream.reader.accountId) ?? []
      give(
        state,
        stream,
        round,
        rows.filter(({ position }) => position > stream.place.position),
      )
    }
  }
  if (page.through < page.head) state.isDue = true
}

/** Tells that what passed is not known, so that readers read it again. */
const resyncAll = ({ streams }: State): void => {
  for (const { writer } of streams) writer.send(frameOf({ type: 'stream.resync' satisfies PassingType, data: {} }))
}

/** Makes events of the signals that have come, for the accounts that are connected. */
const passOn = async (state: State): Promise<void> => {
  const { app, tenantId, passing, streams } = state
  const [first] = passing
  if (first === undefined) return
  const [kind, waiting] = first
  const keys = [...waiting].slice(0, keysAtOnce)
  for (const key of keys) waiting.delete(key)
  if (waiting.size === 0) passing.delete(kind)
  const accountIds = [...new Set([...streams].map(({ reader }) => reader.accountId))]
  const make = async () => (await app.passing[kind]?.(app, tenantId, keys, accountIds)) ?? []
  const events = await streamsOf(app)
    .inLane('hub', make)
    .catch((error: unknown) => {
      app.log.warn({ error, kind }, 'what passes could not be read')
      resyncAll(state)
      return []
    })
  const eventsOf = Map.groupBy(events, ({ account_id }) => account_id)
  for (const stream of streams) {
    const own = eventsOf.get(stream.reader.accountId) ?? []
    const frames = own.map(({ type, data }) => frameOf({ type, data })).join('')
    if (own.length > 0 && !stream.writer.send(frames)) cutStream(app, stream, 'too_much_unsent')
  }
}

const isWorkLeft = ({ streams, isDue, passing }: State): boolean => streams.size > 0 && (isDue || passing.size > 0)

const run = async (state: State): Promise<void> => {
  if (state.isRunning) return
  state.isRunning = true
  while (isWorkLeft(state)) {
    try {
      await passOn(state)
      const isDue = state.isDue
      state.isDue = false
      if (isDue) await readOnce(state)
    } catch (error) {
      state.app.log.warn({ error }, 'the streams of a tenant wait for the database')
      state.isDue = true
      await sleep(pauseMs)
    }
  }
  state.isRunning = false
}

const start = (state: State): void => void outOfTurn(() => run(state))

const hear = (state: State, { kind, key }: Signal): void => {
  const { app, passing } = state
  if (kind === eventsKind || kind === resyncKind) state.isDue = true
  if (kind === resyncKind) resyncAll(state)
  if (app.passing[kind] !== undefined) {
    const keys = passing.get(kind) ?? new Set()
    if (keys.size < keysAtMost) passing.set(kind, keys.add(key))
    else resyncAll(state)
  }
  start(state)
}

const hubsOfApps = new WeakMap<App, Map<number, { state: State; stopListening: () => void }>>()

const createState = (app: App, tenantId: number): State => ({
  app,
  tenantId,
  streams: new Set(),
  live: new Map(),
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
  const hubs = hubsOfApps.get(app) ?? new Map()
  hubsOfApps.set(app, hubs)
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
        stream.isLive = true
        state.live.set(stream, resolve)
        // What came while the stream caught up is read now, for this stream too.
        state.isDue = true
        start(state)
      }),
  }
}
