import { expect, test } from 'vitest'
import { secondsLeft } from './time-left.ts'

test.each([
  ['nothing has gone out', 0, 5_000, null],
  ['it has just begun', 50, 500, null],
  ['half has gone in ten seconds', 50, 10_000, 10],
  ['a tenth has gone in three seconds', 10, 3_000, 25],
  ['nearly all has gone', 99, 9_900, null],
])('when %s', (_, sentBytes, now, expected) =>
  expect(secondsLeft({ size: 100, sentBytes, sendingSince: 0 }, now)).toBe(expected),
)
