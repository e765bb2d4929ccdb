import { expect, test } from 'vitest'
import { inWords, waitUntil } from './wait.ts'

const now = Date.parse('2026-11-26T10:00:00Z')

test.each([
  ['2026-11-26T09:59:00Z', 'in 1 second', 'in 1 Sekunde'],
  ['2026-11-26T10:00:40.200Z', 'in 41 seconds', 'in 41 Sekunden'],
  ['2026-11-26T10:02:30Z', 'in 3 minutes', 'in 3 Minuten'],
  ['2026-11-26T13:10:00Z', 'in 4 hours', 'in 4 Stunden'],
])('a limit that ends at %s ends %s', (at, english, german) => {
  const wait = waitUntil(at, now)
  expect([inWords(wait, 'en'), inWords(wait, 'de')]).toEqual([english, german])
})
