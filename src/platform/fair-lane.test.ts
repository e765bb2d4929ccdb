import { expect, test } from 'vitest'
import { createFairLane } from './fair-lane.ts'

/** Lets a lane work on pieces that end when the test says so, and notes the callers in the order of their begin. */
const watch = (atOnce: number) => {
  const inLane = createFairLane(atOnce)
  const begun: string[] = []
  const ends: (() => void)[] = []
  const all: Promise<unknown>[] = []
  const add = (caller: string, count: number): void => {
    for (let n = 0; n < count; n += 1) {
      const work = () =>
        new Promise<void>((resolve) => {
          begun.push(caller)
          ends.push(resolve)
        })
      all.push(inLane(caller, work))
    }
  }
  const endOldest = async (): Promise<void> => {
    ends.shift()?.()
    await new Promise(setImmediate)
  }
  return { inLane, begun, add, endOldest, all }
}

test('a caller with much work leaves a place, and then all are served in turn', async () => {
  const { begun, add, endOldest, all } = watch(4)
  add('loud', 50)
  expect(begun).toEqual(['loud', 'loud', 'loud'])
  add('quiet', 1)
  expect(begun.at(-1)).toBe('quiet')
  add('quiet', 2)
  add('third', 2)
  for (let n = 0; n < 5; n += 1) await endOldest()
  expect(begun.slice(4).filter((caller) => caller !== 'loud')).toEqual(['quiet', 'third', 'quiet', 'third'].slice(0, 3))
  while (begun.length < all.length) await endOldest()
  for (let n = 0; n < 4; n += 1) await endOldest()
  await Promise.all(all)
  expect(begun).toHaveLength(55)
})

test('with one place all take it in turn, and a failure gives it on', async () => {
  const { inLane, begun, add, endOldest } = watch(1)
  const failing = inLane('loud', () => Promise.reject(new Error('no')))
  add('loud', 3)
  add('quiet', 1)
  await expect(failing).rejects.toThrow('no')
  for (let n = 0; n < 3; n += 1) await endOldest()
  expect(begun).toEqual(['loud', 'quiet', 'loud', 'loud'])
})
