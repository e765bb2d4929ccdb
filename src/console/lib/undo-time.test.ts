import { expect, test } from 'vitest'
import { secondsToUndo } from './undo-time.ts'

test('the way back is shown until the program ends it, and never longer than it was asked for', () => {
  const now = Date.parse('2026-11-25T09:00:00.000Z')
  expect(secondsToUndo('2026-11-25T09:00:05.000Z', now)).toBe(5)
  expect(secondsToUndo('2026-11-25T09:00:30.000Z', now)).toBe(10)
  expect(secondsToUndo('2026-11-25T08:59:00.000Z', now)).toBe(0)
  expect(secondsToUndo(undefined, now)).toBe(10)
})
