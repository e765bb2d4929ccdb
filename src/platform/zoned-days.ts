import { TimeZone } from '../contract/time-zones.ts'

const dayMs = 86_400_000
/** No zone is further from UTC than this. */
const farthestMs = 16 * 3_600_000
const [earliest, latest] = ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map(Date.parse) as [number, number]

/**
 * A moment as the clocks of a zone show it, such as `2026-11-26 14:30 Europe/Berlin`; null when nobody knows the zone.
 */
export const timeInZone = (moment: string, zone: string): string | null => {
  const ms = Date.parse(moment)
  if (Number.isNaN(ms) || !TimeZone.safeParse(zone).success) return null
  // Swedish writes dates in the order of ISO 8601.
  const format = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  return `${format.format(ms)} ${zone}`
}

/** A day in a zone, as the part of a time between two moments: `from` is in it, `to` is not. */
export interface ZonedDay {
  /** Such as 2026-03-29. */
  day: string
  from: string
  to: string
}

/** How a zone counts days. A day is numbered from 1970-01-01 on. */
interface Calendar {
  dayAt(ms: number): number
  startOf(day: number): number
}

/**
 * What the clocks of a zone show, by its offset at a moment. Days may be longer or shorter than 24 hours, begin at
 * 01:00, or be left out.
 */
const calendarOf = (zone: string): Calendar => {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  const offsetAt = (ms: number): number => {
    const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name) ?? []
    const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
    return sign === '-' ? -size : size
  }
  const dayAt = (ms: number): number => Math.floor((ms + offsetAt(ms)) / dayMs)
  /** The first second of a day, for days around which the offset changes. */
  const search = (day: number): number => {
    let [before, after] = [day * dayMs - farthestMs, day * dayMs + farthestMs]
    while (after - before > 1000) {
      const middle = before + Math.floor((after - before) / 2000) * 1000
      if (dayAt(middle) >= day) after = middle
      else before = middle
    }
    return after
  }
  return {
    dayAt,
    startOf(day) {
      const guess = day * dayMs - offsetAt(day * dayMs)
      return dayAt(guess) === day && dayAt(guess - 1) < day ? guess : search(day)
    },
  }
}

const textOf = (ms: number): string => new Date(Math.min(Math.max(ms, earliest), latest)).toISOString()

/** The first moment of a day in a zone, or of the day after when `plus` is 1. */
export const startOfDay = (day: string, zone: string, plus: 0 | 1 = 0): string =>
  textOf(calendarOf(zone).startOf(Date.parse(day) / dayMs + plus))

/** The days of a zone that a part of a time touches, at most `max` of them; null when there are more. */
export const daysWithin = (from: string, to: string, zone: string, max: number): ZonedDay[] | null => {
  if (to <= from) return []
  const calendar = calendarOf(zone)
  const [first, last] = [calendar.dayAt(Date.parse(from)), calendar.dayAt(Date.parse(to) - 1)]
  if (last - first >= max) return null
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    day: textOf((first + index) * dayMs).slice(0, 10),
    from: textOf(calendar.startOf(first + index)),
    to: textOf(calendar.startOf(first + index + 1)),
  }))
}
