import { expect, test } from 'vitest'
import { attemptsAtMost, delayAfter, failingHours, headDelay, probeDelay, putOffBy } from './webhook-schedule.ts'

const [minute, hour] = [60, 3_600]

/** After each attempt that failed: the shortest and the longest wait, in seconds. */
const waits: [attempt: number, shortest: number, longest: number][] = [
  [1, 0, 5],
  [2, 0, 5 * minute],
  [3, 0, 30 * minute],
  [4, 1.6 * hour, 2.4 * hour],
  [5, 4 * hour, 6 * hour],
  [6, 8 * hour, 12 * hour],
  [7, 11.2 * hour, 16.8 * hour],
  [8, 16 * hour, 24 * hour],
  [9, 19.2 * hour, 28.8 * hour],
]

test.each(waits)('after attempt %i that failed the next comes between %d and %d seconds later', (attempt, from, to) => {
  expect(delayAfter(attempt, 0)).toBeCloseTo(from)
  expect(delayAfter(attempt, 1)).toBeCloseTo(to)
  expect(delayAfter(attempt, 0.5)).toBeCloseTo((from + to) / 2)
})

test('ten attempts are made within some 75 hours, and no eleventh', () => {
  expect(attemptsAtMost).toBe(10)
  expect(delayAfter(10, 0.5)).toBeNull()
  const whole = waits.reduce((sum, [attempt, , longest]) => {
    const isVaried = attempt > 3
    return sum + (isVaried ? (delayAfter(attempt, 0.5) ?? 0) : longest)
  }, 0)
  expect(whole / hour).toBeCloseTo(75.58, 1)
})

test.each([
  [5, 1],
  [6, 2],
  [7, 5],
  [8, 10],
  [9, 10],
  [1_000, 10],
])('after %i failures in a row the next probe comes after %i minutes', (failures, minutes) => {
  expect(probeDelay(failures)).toBe(minutes * minute)
})

test.each([
  [1, 4, 6],
  [2, 8, 12],
  [3, 16, 24],
  [4, 32, 48],
  [5, 0, 0],
  [50, 0, 0],
])('after %i failures in a row the first message in order waits %d to %d seconds', (failures, from, to) => {
  expect(headDelay(failures, 0)).toBeCloseTo(from)
  expect(headDelay(failures, 1)).toBeCloseTo(to)
})

const now = Date.parse('2026-11-27T10:00:00Z')

test.each([
  [null, 0],
  ['', 0],
  ['120', 120],
  [' 120 ', 120],
  ['0', 0],
  ['-30', 0],
  ['soon', 0],
  ['1e3', 0],
  ['0x10', 0],
  ['86399', 86_399],
  ['86401', 86_400],
  ['999999999', 86_400],
  ['9999999999', 86_400],
  ['Fri, 27 Nov 2026 10:01:30 GMT', 90],
  ['Fri, 27 Nov 2026 09:00:00 GMT', 0],
  ['Fri, 04 Dec 2026 10:00:00 GMT', 86_400],
  ['Infinity', 0],
])('Retry-After %j puts off by %i seconds', (text, seconds) => {
  expect(putOffBy(text, now)).toBe(seconds)
})

test('a webhook is given up after five days without a success', () => {
  expect(failingHours).toBe(120)
})
