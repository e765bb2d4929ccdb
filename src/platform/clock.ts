/**
 * The clock of this process. A rule reads the clock of `App`, so a test can set it. A statement compares with a time of
 * the database, because the clock of the database may differ. Durations are measured with `performance.now()`.
 */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number
}

/** The clock of the machine: for `App`, and for what is compared with another reading of that clock. */
export const systemClock: Clock = { now: () => Date.now() }

/** The time of the clock in whole seconds since 1970, UTC: the unit of tokens and signed addresses. */
export const secondsOf = (clock: Clock): number => Math.floor(clock.now() / 1_000)

/** The moment `seconds` from now, in ISO 8601. */
export const inSeconds = (clock: Clock, seconds: number): string =>
  new Date(clock.now() + seconds * 1_000).toISOString()
