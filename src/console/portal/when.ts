import { clock } from '../lib/now.svelte.ts'
import { reader } from '../lib/reader.svelte.ts'
import { exactTime, relativeTime } from '../lib/time.ts'

/** A time for this reader, as a word of a sentence. */
export const when = (at: string): string => relativeTime(at, clock.now, reader())

/** The same time with its day, hour and zone. */
export const exactly = (at: string): string => exactTime(at, reader())

/** The part of the day in the reader's zone. */
export const partOfDay = (now: number): 'morning' | 'day' | 'evening' | 'night' => {
  const { language, zone } = reader()
  const format = new Intl.DateTimeFormat(language, {
    hour: 'numeric',
    hourCycle: 'h23',
    ...(zone ? { timeZone: zone } : {}),
  })
  const hour = Number(format.formatToParts(now).find(({ type }) => type === 'hour')?.value)
  if (hour < 5) return 'night'
  if (hour >= 18) return 'evening'
  return hour < 12 ? 'morning' : 'day'
}
