import type { App } from '../../../platform/app-context.ts'
import type { WhenGone } from '../../../platform/db/connection-turns.ts'
import type { Place } from '../../../platform/events/log-epoch.ts'
import { fitPage } from '../../../platform/page-budget.ts'
import type { User } from '../../identity/accounts/actor.ts'
import {
  eventsAtMost,
  type FeedEvent,
  type FeedPage,
  type FeedQuery,
  filterOf,
  isTypeOfTickets,
} from './feed.schemas.ts'
import { openPlace, placeToday, sealPlace, shownToWire } from './feed.service.ts'
import type { FeedFilter } from './feed-filter.ts'
import { type FeedReader, readerOf } from './feed-reader.ts'
import { beginWaiting, type Waiter } from './feed-waiting.service.ts'
import { listShownEvents, type ShownEvent } from './shown-events.service.ts'

/** How many positions of the log a call looks at. */
const looksAt = 2_000

/** A call that may wait. */
interface Caller {
  app: App
  actor: User
  waiting: { whenGone: WhenGone; findActor: () => Promise<User> }
}

/** What a call asks for. */
interface Wanted {
  limit: number
  filter: FeedFilter
}

const wantedBy = ({ limit = eventsAtMost, ...query }: FeedQuery): Wanted => ({ limit, filter: filterOf(query) })

/** What a look at the log found for a reader. */
interface Found {
  rows: ShownEvent[]
  /** How far the log was looked through. */
  place: Place
  isEnd: boolean
}

/** How many things one position may tell a reader, such as an event, and that they lost sight of another ticket. */
const ofPosition = 5

/** The first rows of a look, at most `limit` unless one position tells several things; those come together. */
const firstOf = (rows: ShownEvent[], limit: number): ShownEvent[] =>
  rows.filter(({ position }, index) => index < limit || position === rows[limit - 1]?.position)

/** @throws AppError `log_forked` when the database was replaced meanwhile. */
const lookBehind = async (app: App, reader: FeedReader, place: Place, wanted: Wanted): Promise<Found> => {
  const { limit, filter } = wanted
  const found = await listShownEvents(app.pool, reader.tenantId, [reader.accountId], {
    after: place.position,
    limit: looksAt,
    rows: limit + ofPosition,
    ...filter,
  })
  if (found.epoch !== place.epoch) return lookBehind(app, reader, await placeToday(app, reader, place), wanted)
  const rows = firstOf(found.rows, limit)
  const isCut = rows.length < found.rows.length
  const position = isCut ? (rows.at(-1)?.position ?? found.through) : found.through
  return { rows, place: { epoch: found.epoch, position }, isEnd: !isCut && found.through >= found.head }
}

/** The answer of a call: the events as the reader may read them, and the place to go on from. */
const pageOf = ({ app, actor }: Caller, { rows, place, isEnd }: Found): FeedPage => {
  const reader = readerOf(actor)
  return {
    events: fitPage<FeedEvent>(shownToWire(app, reader, place.epoch, rows), ['changes', 'details']),
    next: sealPlace(app, reader, place),
    end_of_feed: isEnd,
    epoch: place.epoch,
  }
}

/** The tickets that events of the log are about. `ticket.hidden` shows none. */
export const ticketsShownIn = ({ events }: FeedPage): string[] =>
  events.flatMap(({ type, subject_id }) => (isTypeOfTickets(type) ? [subject_id] : []))

/**
 * Waits until there may be something to read, or the time is over. Meanwhile it asks now and then who the caller is.
 * @throws AppError with which a new call would be refused by now.
 */
const waitBehind = async ({ waiting }: Caller, waiter: Waiter, place: Place, until: number): Promise<User | null> => {
  waiter.waitBehind(place)
  for (;;) {
    const left = until - performance.now()
    if (left <= 0 || waiter.isOver()) return null
    await waiter.pause(left)
    if (waiter.isOver()) return null
    const actor = await waiting.findActor()
    if (waiter.isRung()) return actor
  }
}

/** Reads behind a place, and waits as long as there is nothing to give. */
const readOrWait = async (caller: Caller, start: Place, wanted: Wanted, waitMs: number): Promise<FeedPage> => {
  const { app } = caller
  const until = performance.now() + waitMs
  const waiter = beginWaiting(app, readerOf(caller.actor), wanted.filter, caller.waiting.whenGone)
  try {
    let actor = caller.actor
    let place = start
    for (let isFirst = true; ; isFirst = false) {
      const found = await lookBehind(app, readerOf(actor), place, wanted)
      if (found.rows.length > 0 || (isFirst && !found.isEnd)) return pageOf({ ...caller, actor }, found)
      place = found.place
      if (!found.isEnd) continue
      const next = await waitBehind(caller, waiter, place, until)
      place = waiter.place ?? place
      if (next === null) return pageOf({ ...caller, actor }, { rows: [], place, isEnd: !waiter.isRung() })
      actor = next
    }
  } finally {
    waiter.leave()
  }
}

/**
 * The events that a caller may read, from a place on, oldest first. With `wait` the call waits for the next of them.
 * @throws AppError `invalid_cursor`, `log_forked`; with `wait` also `too_many_at_once`, `unavailable`, and what refuses
 * a caller who has signed out meanwhile.
 */
export const readFeed = async (caller: Caller, query: FeedQuery): Promise<FeedPage> => {
  const { app, actor } = caller
  const reader = readerOf(actor)
  const place = await openPlace(app, reader, query.after)
  const waitMs = 1_000 * (query.wait ?? 0)
  const wanted = wantedBy(query)
  if (waitMs > 0) return readOrWait(caller, place, wanted, waitMs)
  return pageOf(caller, await lookBehind(app, reader, place, wanted))
}
