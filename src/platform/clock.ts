/**
 * The clock of this process. A rule reads it from `App`, so that a test can set it. A time that is compared with one of the
 * database is compared by the database, whose clock may differ.
 */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** The moment in so many seconds, in ISO 8601. */
export const inSeconds = (clock: Clock, seconds: number): string =>
  new Date(clock.now() + seconds * 1_000).toISOString()
