import { expect, test } from 'vitest'
import { changedRows, isMoved } from './row-news.ts'

const rows = (text: string) => text.split(' ').map((word) => ({ ticket_id: word.charAt(0), updated_at: word.slice(1) }))

test.each([
  ['a1 b1', 'a1 b1', 0, false],
  ['a1 b1', 'a1 b2', 1, false],
  ['a1 b1', 'b2 a1', 1, true],
  ['a1 b1', 'c1 a1 b1', 1, true],
  ['a1 b1', 'a1', 0, true],
])('from %s to %s', (before, after, changed, moved) => {
  expect([changedRows(rows(before), rows(after)), isMoved(rows(before), rows(after))]).toEqual([changed, moved])
})
