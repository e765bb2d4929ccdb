import { expect, test } from 'vitest'
import { pauseBefore, readFrame } from './frames.ts'

test('a frame has its type, data, place and pause', () => {
  expect(readFrame('event: ticket.created\nid: 12\nretry: 2000\ndata: {"id":\ndata: "12"}')).toEqual({
    type: 'ticket.created',
    data: { id: '12' },
    id: '12',
    retry: 2000,
  })
})

test.each([': beat', '', 'data: {"half', 'retry: soon', 'event: x'])('a frame %j has no data', (text) => {
  expect(readFrame(text)).toMatchObject({ data: null, retry: null })
})

test('there is always a pause: longer each time, and as long as the program says', () => {
  const pauses = [0, 1, 2, 3, 4, 5, 50].map((attempt) => pauseBefore(attempt, 0, 0.5))
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  expect(pauseBefore(0, 0, 0)).toBe(700)
  expect(pauseBefore(9, 60_000, 0)).toBe(42_000)
})
