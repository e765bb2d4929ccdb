import type { App } from '../../../platform/app-context.ts'
import { type Bell, createBell } from '../../../platform/bell.ts'
import { outOfTurn, type WhenGone } from '../../../platform/db/connection-turns.ts'
import { AppError } from '../../../platform/errors.ts'
import type { Place } from '../../../platform/events/log-epoch.ts'
import { eventsKind, resyncKind } from '../../../platform/live/signals.ts'
import { perApp } from '../../../platform/per-app.ts'
import { whoGivesWay } from './crowd.ts'
import { type FeedFilter, isWanted } from './feed-filter.ts'
import type { FeedReader } from './feed-reader.ts'
import { listShownEvents, type ShownEvent } from './shown-events.service.ts'

/**
 * How many calls may wait at once.
 * @internal Exported for the tests.
 */
export const waitingAtMost = { ofAccount: 5, ofProcess: 1_000 }

/** How many positions one look takes in, for all who wait in a tenant. */
const looksAt = 500
/** How often it is looked whether the program stops, and whose caller has to be asked for again. */
const tickMs = 250
/** How often a call that waits asks whether its caller may still read. */
const recheckMs = 4_000

/** A call that waits for what its reader is shown. */
export interface Waiter {
  /** Whether there may be something to read. */
  isRung: () => boolean
  /** How far the log has been looked through for this reader: nothing is to be read until there. */
  place: Place | null
  /** Waits for `ms` at most, and ends early when there may be something to read, or something to ask. */
  pause: (ms: number) => Promise<void>
  /** Whether the client has gone away, the call has given way to another, or the program stops. */
  isOver: () => boolean
  /** Begins to wait behind a place that the call has read to. */
  waitBehind: (place: Place) => void
  leave: () => void
}

interface Seat {
  reader: FeedReader
  filter: FeedFilter
  /** Null until the call waits for the first time. */
  place: Place | null
  /** A signal came while the call was reading, so what it has read may not be all. */
  hasHeard: boolean
  isRung: boolean
  isGone: boolean
  /** The call answers now, because somebody else needs its place. */
  hasGivenWay: boolean
  /** When the caller was last found, by the clock of the program. */
  checkedAt: number
  bell: Bell
}

/** Those who wait in a tenant. */
interface Room {
  seats: Set<Seat>
  /** A signal came that nobody has looked after yet. */
  isDue: boolean
  isLooking: boolean
  stopListening: () => void
}

/** All who wait in a process. */
interface House {
  rooms: Map<number, Room>
  byAccount: Map<string, number>
  count: number
  ticking: NodeJS.Timeout | null
}

const houseOf = perApp((): House => ({ rooms: new Map(), byAccount: new Map(), count: 0, ticking: null }))

/**
 * How many calls of an account wait in this process.
 * @internal Exported for the tests.
 */
export const callsWaiting = (app: App, tenantId: number, accountId: string): number =>
  houseOf(app).byAccount.get(`${tenantId} ${accountId}`) ?? 0

const ring = (seat: Seat): void => {
  seat.isRung = true
  seat.bell.ring()
}

/** Who sees all and wants all is told without a look. */
const needsLook = ({ reader, filter }: Seat): boolean =>
  !reader.seesAll || filter.types !== undefined || filter.subject !== undefined

const isFor = ({ reader, filter, place }: Seat, row: ShownEvent): boolean =>
  row.account_id === reader.accountId && place !== null && row.position > place.position && isWanted(filter, row)

/**
 * Looks once for all who wait in a tenant, and wakes those who are shown something. For the others only their place
 * moves, so an event that they do not see changes nothing that they can tell.
 */
const look = async (app: App, tenantId: number, room: Room): Promise<void> => {
  const waiting = [...room.seats].filter((seat) => seat.place !== null && !seat.isRung)
  for (const seat of waiting) if (!needsLook(seat)) ring(seat)
  const looking = waiting.flatMap((seat) => (seat.isRung || seat.place === null ? [] : [{ seat, place: seat.place }]))
  if (looking.length === 0) return
  const after = Math.min(...looking.map(({ place }) => place.position))
  const accountIds = [...new Set(looking.map(({ seat }) => seat.reader.accountId))]
  const { rows, through, head, epoch } = await listShownEvents(app.pool, tenantId, accountIds, {
    after,
    limit: looksAt,
  })
  for (const { seat, place } of looking) {
    if (seat.place !== place) continue
    // What an epoch that has just begun means for the reader, their call finds out.
    if (epoch !== place.epoch || rows.some((row) => isFor(seat, row))) ring(seat)
    else seat.place = { epoch, position: Math.max(place.position, through) }
  }
  if (through < head) room.isDue = true
}

/** Looks as long as signals are due, one look at a time. */
const lookWhileDue = async (app: App, tenantId: number, room: Room): Promise<void> => {
  if (room.isLooking) return
  room.isLooking = true
  try {
    while (room.isDue && room.seats.size > 0) {
      room.isDue = false
      await look(app, tenantId, room)
    }
  } catch {
    // Each call reads for itself then, and answers with its own error.
    for (const seat of room.seats) {
      seat.hasHeard = true
      ring(seat)
    }
  } finally {
    room.isLooking = false
  }
}

const hear = (app: App, tenantId: number, room: Room): void => {
  for (const seat of room.seats) if (seat.place === null || seat.isRung) seat.hasHeard = true
  room.isDue = true
  void outOfTurn(() => lookWhileDue(app, tenantId, room))
}

const roomOf = (app: App, house: House, tenantId: number): Room => {
  const known = house.rooms.get(tenantId)
  if (known !== undefined) return known
  const room: Room = { seats: new Set(), isDue: false, isLooking: false, stopListening: () => {} }
  room.stopListening = app.signals.on(({ kind }) => {
    if (kind === eventsKind || kind === resyncKind) hear(app, tenantId, room)
  }, tenantId)
  house.rooms.set(tenantId, room)
  return room
}

const tick = (app: App, { rooms }: House): void => {
  const dueSince = app.clock.now() - recheckMs
  for (const { seats } of rooms.values()) {
    for (const { bell, checkedAt } of seats) if (app.stopping() || checkedAt <= dueSince) bell.ring()
  }
}

const accountOf = ({ tenantId, accountId }: FeedReader): string => `${tenantId} ${accountId}`

const giveUpSeat = (house: House, seat: Seat): void => {
  const { tenantId } = seat.reader
  const account = accountOf(seat.reader)
  const left = (house.byAccount.get(account) ?? 1) - 1
  if (left > 0) house.byAccount.set(account, left)
  else house.byAccount.delete(account)
  const room = house.rooms.get(tenantId)
  room?.seats.delete(seat)
  if (room?.seats.size === 0) {
    room.stopListening()
    house.rooms.delete(tenantId)
  }
  house.count -= 1
  if (house.count > 0 || house.ticking === null) return
  clearInterval(house.ticking)
  house.ticking = null
}

/**
 * Refuses one call too many, or lets a call that waits answer in its favour.
 * @throws AppError `too_many_at_once` for the account; `unavailable` when the process has no place and none gives way.
 */
const makeRoom = (house: House, reader: FeedReader): void => {
  if ((house.byAccount.get(accountOf(reader)) ?? 0) >= waitingAtMost.ofAccount) {
    throw new AppError('too_many_at_once', {
      detail: `${waitingAtMost.ofAccount} calls of yours wait for events already; call without \`wait\`, or end one.`,
      headers: { 'Retry-After': '2' },
    })
  }
  if (house.count < waitingAtMost.ofProcess) return
  const staying = [...house.rooms.values()].flatMap(({ seats }) => [...seats].filter((seat) => !seat.hasGivenWay))
  if (staying.length < waitingAtMost.ofProcess) return
  const seat = whoGivesWay(staying, reader)
  if (seat === undefined) {
    throw new AppError('unavailable', { detail: 'Too many calls wait for events; call without `wait`, or later.' })
  }
  seat.hasGivenWay = true
  seat.bell.ring()
}

/**
 * Lets a call wait for what its reader is shown. From here on no signal is missed, so the call reads afterwards, and
 * waits when there was nothing to read. While it waits it holds no connection and no turn.
 * @throws AppError `too_many_at_once` when five calls of the account wait already, `unavailable` when 1,000 of the
 * process do, and none of them gives way.
 */
export const beginWaiting = (app: App, reader: FeedReader, filter: FeedFilter, whenGone: WhenGone): Waiter => {
  const house = houseOf(app)
  const account = accountOf(reader)
  makeRoom(house, reader)
  const room = roomOf(app, house, reader.tenantId)
  const bell = createBell()
  const seat: Seat = {
    reader,
    filter,
    place: null,
    hasHeard: false,
    isRung: false,
    isGone: false,
    hasGivenWay: false,
    checkedAt: 0,
    bell,
  }
  room.seats.add(seat)
  house.count += 1
  house.byAccount.set(account, (house.byAccount.get(account) ?? 0) + 1)
  house.ticking ??= setInterval(() => tick(app, house), tickMs)
  const forget = whenGone(() => {
    seat.isGone = true
    bell.ring()
  })
  return {
    isRung: () => seat.isRung,
    get place() {
      return seat.place
    },
    async pause(ms) {
      await bell.pause(ms)
      bell.hush()
      seat.checkedAt = app.clock.now()
    },
    isOver: () => seat.isGone || seat.hasGivenWay || app.stopping(),
    waitBehind(place) {
      seat.place = place
      seat.isRung = false
      seat.checkedAt = app.clock.now()
      if (seat.hasHeard) hear(app, reader.tenantId, room)
      seat.hasHeard = false
    },
    leave() {
      forget()
      giveUpSeat(house, seat)
    },
  }
}
