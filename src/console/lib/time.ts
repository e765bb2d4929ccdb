const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const formatters = new Map<string, Intl.DateTimeFormat>()
const dateFormat = (language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = language + JSON.stringify(options)
  const known = formatters.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(language, options)
  formatters.set(key, made)
  return made
}

/** Where and how a reader reads times: `language` is a tag such as `en-GB`. A zone of null is that of the browser. */
export interface TimeReader {
  language: string
  zone: string | null
}

const zoneOf = ({ zone }: TimeReader): { timeZone?: string } => (zone === null ? {} : { timeZone: zone })

/** `2:31 PM` on a clock of twelve hours, `02:31` on one of 24. */
const hourOf = ({ language }: TimeReader): { hour: 'numeric' | '2-digit' } => {
  const { hour12 } = dateFormat(language, { hour: 'numeric' }).resolvedOptions()
  return { hour: hour12 ? 'numeric' : '2-digit' }
}

/** The whole time with its zone, for the title: `Wed, 25 Nov 2026, 09:12 GMT`. */
export const exactTime = (at: string, reader: TimeReader): string =>
  dateFormat(reader.language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    ...hourOf(reader),
    minute: '2-digit',
    timeZoneName: 'short',
    ...zoneOf(reader),
  }).format(new Date(at))

/** Hour and minute: `14:31`, or `2:31 PM` where clocks have twelve hours. */
export const clockTime = (at: string, reader: TimeReader): string =>
  dateFormat(reader.language, { ...hourOf(reader), minute: '2-digit', ...zoneOf(reader) }).format(new Date(at))

/** A day, with its year when it is another. */
export const dayOf = (at: string, now: number, reader: TimeReader): string => {
  const date = new Date(at)
  const year = dateFormat(reader.language, { year: 'numeric', ...zoneOf(reader) })
  const isThisYear = year.format(date) === year.format(now)
  return dateFormat(reader.language, {
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
    ...zoneOf(reader),
  }).format(date)
}

/** The clock of a time of today, else its day and clock: since when something lasts. */
export const sinceWhen = (at: string, now: number, reader: TimeReader): string => {
  const day = dayOf(at, now, reader)
  const clock = clockTime(at, reader)
  return day === dayOf(new Date(now).toISOString(), now, reader) ? clock : `${day}, ${clock}`
}

/**
 * How long ago, or the day from a week on. A time that is a little ahead, by a clock that goes wrong, is "now": never
 * "in 4 hours".
 */
export const relativeTime = (at: string, now: number, reader: TimeReader): string => {
  const past = Math.max(0, now - Date.parse(at))
  if (past >= 7 * day) return dayOf(at, now, reader)
  const format = new Intl.RelativeTimeFormat(reader.language, { numeric: 'auto', style: 'short' })
  if (past < minute) return format.format(0, 'second')
  if (past < hour) return format.format(-Math.floor(past / minute), 'minute')
  if (past < day) return format.format(-Math.floor(past / hour), 'hour')
  return format.format(-Math.floor(past / day), 'day')
}
