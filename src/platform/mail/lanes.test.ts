import { expect, test } from 'vitest'
import { createLanes } from './lanes.ts'

const never = () => new Promise<never>(() => {})

test('a lane is free again whatever its work did', async () => {
  const lanes = createLanes(2, 1)
  const ends: (() => Promise<string>)[] = [
    () => Promise.resolve('done'),
    () => Promise.reject(new Error('refused')),
    () => {
      throw new Error('threw')
    },
  ]
  for (let n = 0; n < 9; n += 1) await lanes.run('cleo', ends[n % 3] ?? never).catch(() => {})
  expect(await lanes.run('cleo', () => Promise.resolve('last'))).toBe('last')
})

test('a key has only its lanes, and keeps no lane from another key', async () => {
  const lanes = createLanes(2, 1)
  for (let n = 0; n < 2; n += 1) void lanes.run('cleo', never)
  expect(await lanes.run('cleo', () => Promise.resolve('late'))).toBeNull()
  expect(await lanes.run('ada', () => Promise.resolve('on time'))).toBe('on time')
})

test('a caller that waits gets the lane that becomes free', async () => {
  const lanes = createLanes(1, 60_000)
  const { promise, resolve } = Promise.withResolvers<string>()
  const first = lanes.run('cleo', () => promise)
  const second = lanes.run('cleo', () => Promise.resolve('second'))
  resolve('first')
  expect(await Promise.all([first, second])).toEqual(['first', 'second'])
})
