import { expect, test } from 'vitest'
import { clockTime, dayOf, exactTime, relativeTime } from './time.ts'

const now = Date.parse('2026-11-26T12:00:00Z')
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString()
const london = { language: 'en', zone: 'Europe/London' }

test.each([
  [0, 'now'],
  [0.9, 'now'],
  [1, '1 min. ago'],
  [59, '59 min. ago'],
  [60, '1 hr. ago'],
  [23 * 60, '23 hr. ago'],
  [24 * 60, 'yesterday'],
  [6 * 24 * 60, '6 days ago'],
  [7 * 24 * 60, 'Nov 19'],
  [400 * 24 * 60, 'Oct 22, 2025'],
  // A clock that goes wrong by four hours: never "in 4 hours".
  [-240, 'now'],
])('%s minutes ago is %s', (minutes, text) => {
  expect(relativeTime(ago(minutes), now, london)).toBe(text)
})

test('times are those of the zone of the reader, which they name', () => {
  const at = '2026-11-26T23:30:00Z'
  expect(clockTime(at, { language: 'de', zone: 'Europe/Berlin' })).toBe('00:30')
  expect(dayOf(at, now, { language: 'de', zone: 'Europe/Berlin' })).toBe('27. Nov.')
  expect(exactTime(at, { language: 'de', zone: 'Europe/Berlin' })).toContain('MEZ')
  expect(exactTime(at, { language: 'en', zone: 'Asia/Tokyo' })).toContain('GMT+9')
})
