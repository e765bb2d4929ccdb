import { between, chance, pick, type Random } from './random.ts'

// The office hours of the desk: Monday to Friday, from 8 to 17 o'clock UTC.

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const opens = 8
const closes = 17

const startOfDay = (time: number): number => Math.floor(time / dayMs) * dayMs
const hour = (day: number, hours: number): number => day + hours * 60 * minuteMs
const isWeekend = (day: number): boolean => [0, 6].includes(new Date(day).getUTCDay())

/** The moment itself when the office is open, else the next opening. */
const whenOpen = (time: number): number => {
  const day = startOfDay(time)
  if (isWeekend(day) || time >= hour(day, closes)) return whenOpen(hour(day + dayMs, opens))
  return Math.max(time, hour(day, opens))
}

/** The moment that is so many minutes of office hours later. */
export const addOfficeMinutes = (time: number, minutes: number): number => {
  const start = whenOpen(time)
  const left = (hour(startOfDay(start), closes) - start) / minuteMs
  return minutes < left ? start + minutes * minuteMs : addOfficeMinutes(start + left * minuteMs, minutes - left)
}

export const daysBefore = (time: number, days: number): number => time - days * dayMs

/** The hour of a new ticket is picked from these: mornings are busier than noon. */
const busyHours = [8, 8, 9, 9, 9, 9, 10, 10, 10, 10, 11, 11, 11, 12, 13, 13, 14, 14, 14, 15, 15, 16]

/**
 * A moment of the day at which a ticket is created: mostly in office hours, sometimes in the evening or on a weekend.
 */
const someMoment = (random: Random, day: number): number | null => {
  const isOff = isWeekend(day)
  if (chance(random, isOff ? 0.93 : 0)) return null
  if (isOff) return hour(day, between(random, 9, 21))
  // Mondays have more tickets than other days.
  if (new Date(day).getUTCDay() !== 1 && chance(random, 0.2)) return null
  if (chance(random, 0.05)) return hour(day, between(random, closes, 22.5))
  return hour(day, pick(random, busyHours) + random())
}

/** Picks `count` different moments of the last `days` days, in order. */
export const creationTimes = (random: Random, now: number, days: number, count: number): number[] => {
  const first = startOfDay(daysBefore(now, days))
  const times = new Set<number>()
  while (times.size < count) {
    const time = someMoment(random, first + Math.floor(between(random, 1, days + 1)) * dayMs)
    if (time !== null && time < now) times.add(Math.floor(time))
  }
  return [...times].sort((a, b) => a - b)
}

/** When the job that runs every five minutes runs next. */
export const nextFiveMinutes = (time: number): number => Math.ceil(time / (5 * minuteMs)) * 5 * minuteMs + 200
