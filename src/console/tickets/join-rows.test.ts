import { expect, test } from 'vitest'
import { joinNewest, joinRows } from './join-rows.ts'

interface Row {
  n: number
  body?: string
  edited_at?: string | null
  truncated?: boolean | undefined
}
const of = { id: ({ n }: Row) => `${n}`, at: ({ n }: Row) => `10:0${Math.floor(n)}` }
const rows = (...numbers: number[]): Row[] => numbers.map((n) => ({ n }))
const ids = (...numbers: number[]): Set<string> => new Set(numbers.map((n) => `${n}`))
const numbers = (list: Row[]): number[] => list.map(({ n }) => n)

const [whole, cut] = [
  { n: 3, body: 'all of it', edited_at: null },
  { n: 3, body: 'all', edited_at: null, truncated: true },
]

test.each([
  ['the newest comes first', rows(1), rows(3, 2), rows(3, 2, 1)],
  ['the newer reading counts', [{ n: 1, body: 'a' }], [{ n: 1, body: 'b' }], [{ n: 1, body: 'b' }]],
  ['a text that was read to its end stays whole', [whole], [cut], [{ ...whole, truncated: undefined }]],
  ['a cut text becomes whole', [cut], [whole], [whole]],
  ['a text that was changed is read anew', [whole], [{ ...cut, edited_at: 'x' }], [{ ...cut, edited_at: 'x' }]],
])('rows are joined: %s', (_, there, read, joined) => expect(joinRows<Row>(there, read, of)).toEqual(joined))

test.each([
  ['what is new comes in', [3, 2, 1], 'older', [4, 3, 2], 'next', [4, 3, 2, 1], 'older'],
  ['what is gone goes', [3, 2, 1], null, [3, 1], null, [3, 1], null],
  ['what is older than the page stays', [4, 3, 2, 1], 'older', [4, 2], 'next', [4, 2, 1], 'older'],
  ['what is as old as the last of the page stays', [3, 2.5, 2.2], 'older', [3, 2.5], 'next', [3, 2.5, 2.2], 'older'],
  ['a page that is all takes away what is older', [3, 2, 1], 'older', [3, 2], null, [3, 2], null],
  ['nothing is left', [1], null, [], null, [], null],
  ['the first ones come in', [], null, [2, 1], 'next', [2, 1], 'next'],
  ['pages between are missing', [2, 1], null, [9, 8, 7], 'next', [9, 8, 7], 'next'],
  ['all is new, and there is no more', [2, 1], null, [9, 8], null, [9, 8], null],
])('the newest page is joined: %s', (_, there, older, read, next, joined, cursor) => {
  const answer = joinNewest(
    { rows: rows(...there), cursor: older },
    { rows: rows(...read), cursor: next },
    ids(...there),
    of,
  )
  expect([numbers(answer.rows), answer.cursor]).toEqual([joined, cursor])
})

test('what came in while the page was on its way stays, and its texts stay whole', () => {
  const there = { rows: [{ n: 5 }, whole, { n: 2 }], cursor: null }
  const answer = joinNewest<Row>(there, { rows: [{ n: 4 }, cut], cursor: null }, ids(3, 2), of)
  expect(answer.rows).toEqual([{ n: 5 }, { n: 4 }, { ...whole, truncated: undefined }])
  const far = joinNewest<Row>(there, { rows: [{ n: 9 }, { n: 8 }], cursor: 'next' }, ids(3, 2), of)
  expect([numbers(far.rows), far.cursor]).toEqual([[9, 8, 5], 'next'])
})
