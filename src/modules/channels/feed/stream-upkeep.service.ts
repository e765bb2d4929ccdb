import type { App } from '../../../platform/app-context.ts'
import { secondsOf } from '../../../platform/clock.ts'
import { outOfTurn } from '../../../platform/db/connection-turns.ts'
import type { User } from '../../identity/accounts/actor.ts'
import { sealPlace } from './feed.service.ts'
import { cutStream, type OpenStream, streamsOf } from './open-streams.ts'
import { keyOf } from './stream-holder.ts'
import { findStandings } from './stream-holders.service.ts'

/**
 * How often streams get a sign of life, and how often it is asked who may still have one, in milliseconds. A proxy, and
 * the server itself, close a connection on which nothing has come for 30 seconds or more. The console takes a line for
 * dead on which nothing came for two and a half signs of life.
 * @internal Exported for its test.
 */
export const upkeepMs = { beat: 8_000, look: 2_000 }

/** A reader who took nothing from one sign of life to the next, so many times in a row, is cut. */
const idleBeatsAtMost = 2

/**
 * Whether the caller of a stream may still have it, in the role that they opened it in. The access token that it was
 * opened by must not have ended; one that was opened by a pass lasts as long as the session. From where an API token
 * may be used was asked when the stream was opened: neither that nor the address of a connection can change.
 */
const mayGoOn = ({ actor }: OpenStream, now: User | undefined, seconds: number): boolean =>
  now !== undefined &&
  (actor.goodUntil === undefined || actor.goodUntil > seconds) &&
  now.role === actor.role &&
  now.mustEnrol !== true &&
  (now.token === null || now.token.scopes.includes('event:read'))

/**
 * Ends the streams of those who have signed out, been deactivated, or lost their token, its scope or their role. One
 * statement looks for all open streams of the process.
 */
const endForbidden = async (app: App): Promise<void> => {
  const { open } = streamsOf(app)
  const looked = [...open]
  const holders = new Map(looked.map(({ holder }) => [keyOf(holder), holder]))
  const standings = await findStandings(app, [...holders.values()])
  for (const stream of looked) {
    const now = standings.get(keyOf(stream.holder))?.user
    if (!mayGoOn(stream, now, secondsOf(app.clock))) stream.writer.end()
    // The scopes of a token may have become fewer.
    else stream.actor = { ...stream.actor, token: now?.token ?? null }
  }
}

/**
 * Gives every stream a sign of life, and cuts those whose reader has taken nothing for two of them. Streams that are
 * at the end of the log get its place, always written anew, so that nobody can tell whether something has happened.
 */
const beatAll = (app: App): void => {
  for (const stream of streamsOf(app).open) {
    const { writer, isLive, reader, place } = stream
    const isIdle = writer.unsent() > 0 && writer.taken() <= stream.takenAtBeat
    stream.idleBeats = isIdle ? stream.idleBeats + 1 : 0
    if (stream.idleBeats >= idleBeatsAtMost) cutStream(app, stream, 'stalled')
    else writer.beat(isLive ? sealPlace(app, reader, place) : null)
    stream.takenAtBeat = writer.taken()
  }
}

/** Keeps streams alive, and ends those whose reader may not have them any more. Answers with what stops it. */
export const startUpkeep = (app: App): (() => void) => {
  let isLooking = false
  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    await endForbidden(app).catch((error: unknown) =>
      app.log.warn({ error }, 'it could not be asked who may still have a stream'),
    )
    isLooking = false
  }
  const timers = outOfTurn(() => [
    setInterval(() => beatAll(app), upkeepMs.beat),
    setInterval(() => void look(), upkeepMs.look),
  ])
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
