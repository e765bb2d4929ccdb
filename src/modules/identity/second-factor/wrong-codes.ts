/** Wrong codes of an account that count, within an hour and within a day. The columns of `second_factors`. */
export interface WrongCodes {
  hour_wrong: number
  hour_ends_at: string | null
  day_wrong: number
  day_ends_at: string | null
}

/**
 * How many wrong codes an account may have. Of each million codes three are good at any time, so who knows the password
 * finds one in a day with a chance of 1 in 10,000.
 */
const wrongPerHour = 10
const wrongPerDay = 30

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const isOver = (endsAt: string | null, now: number): boolean => endsAt === null || Date.parse(endsAt) <= now

/** When the next code is looked at; null: now. */
export const blockedUntil = (
  { hour_wrong, hour_ends_at, day_wrong, day_ends_at }: WrongCodes,
  now: number,
): string | null => {
  if (day_wrong >= wrongPerDay && !isOver(day_ends_at, now)) return day_ends_at
  return hour_wrong >= wrongPerHour && !isOver(hour_ends_at, now) ? hour_ends_at : null
}

/** The counts after one more wrong code. */
export const withOneMore = (wrong: WrongCodes, now: number): WrongCodes => {
  const isNewHour = isOver(wrong.hour_ends_at, now)
  const isNewDay = isOver(wrong.day_ends_at, now)
  return {
    hour_wrong: isNewHour ? 1 : wrong.hour_wrong + 1,
    hour_ends_at: isNewHour ? new Date(now + hourMs).toISOString() : wrong.hour_ends_at,
    day_wrong: isNewDay ? 1 : wrong.day_wrong + 1,
    day_ends_at: isNewDay ? new Date(now + dayMs).toISOString() : wrong.day_ends_at,
  }
}
