import { expect, test } from 'vitest'
import { tagFor } from './language-tag.ts'
import { clockTime, dayOf, exactTime, relativeTime, sinceWhen } from './time.ts'

const now = Date.parse('2026-11-26T12:00:00Z')
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString()
const london = { language: 'en-GB', zone: 'Europe/London' }

test.each([
  [0, 'now'],
  [0.9, 'now'],
  [1, '1 min ago'],
  [59, '59 min ago'],
  [60, '1 hr ago'],
  [23 * 60, '23 hr ago'],
  [24 * 60, 'yesterday'],
  [6 * 24 * 60, '6 days ago'],
  [7 * 24 * 60, '19 Nov'],
  [400 * 24 * 60, '22 Oct 2025'],
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

test('times are written as in the country of the reader, without a zero before the hour of a clock of twelve', () => {
  const at = '2026-11-19T14:31:00Z'
  const early = '2026-11-19T02:05:00Z'
  const of = (language: string): string[] => {
    const reader = { language, zone: 'UTC' }
    return [dayOf(at, now, reader), clockTime(at, reader), clockTime(early, reader)].map((text) =>
      text.replaceAll('\u202f', ' '),
    )
  }
  expect(of('en-GB')).toEqual(['19 Nov', '14:31', '02:05'])
  expect(of('en-US')).toEqual(['Nov 19', '2:31 PM', '2:05 AM'])
  expect(of('de-AT')).toEqual(['19. Nov.', '14:31', '02:05'])
  expect(exactTime(at, { language: 'en-US', zone: 'UTC' })).toMatch(/2:31/)
})

test.each([
  ['2026-11-26T09:12:00Z', '10:12'],
  // The day begins in the zone of the reader.
  ['2026-11-25T23:30:00Z', '00:30'],
  ['2026-11-25T22:30:00Z', '25. Nov., 23:30'],
  ['2025-11-26T09:12:00Z', '26. Nov. 2025, 10:12'],
])('what lasts since %s, in Berlin, lasts since %s', (at, text) => {
  expect(sinceWhen(at, now, { language: 'de', zone: 'Europe/Berlin' })).toBe(text)
})

test.each([
  ['en', ['en-GB', 'en'], 'en-GB'],
  ['en', ['de-DE', 'en-US'], 'en-US'],
  // An English console in a browser that speaks no English.
  ['en', ['de-DE'], 'en-GB'],
  ['de', ['de-CH', 'de'], 'de-CH'],
  ['de', ['den', 'fr'], 'de-DE'],
] as const)('a console in %s, in a browser of %j, writes as %s', (language, tags, tag) => {
  expect(tagFor(language, tags)).toBe(tag)
})
