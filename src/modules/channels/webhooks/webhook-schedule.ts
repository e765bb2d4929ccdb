/** How many attempts count at most before a delivery is given up. */
export const attemptsAtMost = 10

const second = 1
const minute = 60
const hour = 3_600

/**
 * How long after each attempt that failed the next one comes, in seconds: ten attempts within 75 hours, the example of
 * Standard Webhooks 1.0.
 */
const delays = [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour]

/** The first delays vary from nothing to the whole, so that receivers who come back are not called at one moment. */
const fullyVaried = 3
/** The others vary by a fifth. */
const variation = 0.2

/**
 * How long to wait after attempt number `attempts` that failed, in seconds; null: it was the last. `chance` is from 0
 * to 1.
 */
export const delayAfter = (attempts: number, chance: number): number | null => {
  const delay = delays[attempts - 1]
  if (delay === undefined) return null
  return attempts <= fullyVaried ? delay * chance : delay * (1 - variation + 2 * variation * chance)
}

/** From how many failures in a row on a webhook is only probed. */
export const probedFrom = 5

const probeMinutes = [1, 2, 5, 10]

/** How long a webhook with so many failures in a row waits for its next probe, in seconds. */
export const probeDelay = (failures: number): number => {
  const index = Math.min(Math.max(failures - probedFrom, 0), probeMinutes.length - 1)
  return (probeMinutes[index] ?? 10) * minute
}

/** How long an ordered webhook waits after its first failure, in seconds. Each further one doubles it. */
const headSeconds = 5

/**
 * How long the first message of an ordered webhook waits after so many failures in a row, in seconds, besides the
 * pause of a webhook that is probed. All others wait behind it, so it is tried sooner than one that is alone. `chance`
 * is from 0 to 1.
 */
export const headDelay = (failures: number, chance: number): number =>
  failures >= probedFrom ? 0 : headSeconds * 2 ** (failures - 1) * (1 - variation + 2 * variation * chance)

/** How long a receiver may put the sender off, in seconds. */
const putOffAtMost = 24 * hour

/**
 * How long a receiver asks to wait, in seconds: `Retry-After` is a number of seconds, or a date. A day at most; 0 for
 * no such header and for a text that is neither. `now` is in milliseconds since 1970.
 */
export const putOffBy = (retryAfter: string | null, now: number): number => {
  const text = retryAfter?.trim() ?? ''
  const seconds = /^\d+$/.test(text) ? Math.min(Number(text), putOffAtMost) : (Date.parse(text) - now) / 1_000
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), putOffAtMost) : 0
}

/** How long no delivery may succeed until a webhook is disabled, in hours. */
export const failingHours = 5 * 24
