import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createCombiner } from './combiner.ts'
import { CommittedError } from './db/transaction-ends.ts'
import { AppError } from './errors.ts'

const recording = (fails: (inputs: number[]) => boolean = () => false) => {
  const runs: [string, number[]][] = []
  const combine = createCombiner<string, number, number>(async (key, inputs) => {
    runs.push([key, inputs])
    await sleep(5)
    if (fails(inputs)) throw new Error(`failed on ${inputs.join()}`)
    return inputs.map((input) => input * 10)
  }, 4)
  return { runs, combine }
}

test('the first goes at once and alone, the rest gather behind it, at most so many, in order', async () => {
  const { runs, combine } = recording()
  const outputs = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((input) => combine('a', input)))
  expect(outputs).toEqual([10, 20, 30, 40, 50, 60, 70])
  expect(runs).toEqual([
    ['a', [1]],
    ['a', [2, 3, 4, 5]],
    ['a', [6, 7]],
  ])
  expect(await combine('a', 8)).toBe(80)
  expect(runs.at(-1)).toEqual(['a', [8]])
})

test('keys do not wait for each other', async () => {
  const { runs, combine } = recording()
  await Promise.all([combine('a', 1), combine('b', 2), combine('a', 3), combine('b', 4)])
  expect(runs.slice(0, 2)).toEqual([
    ['a', [1]],
    ['b', [2]],
  ])
})

test('a bad input fails alone', async () => {
  const { runs, combine } = recording((inputs) => inputs.includes(3))
  const settled = await Promise.allSettled([1, 2, 3, 4].map((input) => combine('a', input)))
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
  expect(runs.map(([, inputs]) => inputs)).toEqual([[1], [2, 3, 4], [2], [3], [4]])
})

test('inputs that gathered behind a lock timeout fail together with the first input', async () => {
  let runs = 0
  const combine = createCombiner<string, number, number>(async (_key, inputs) => {
    runs += 1
    await sleep(5)
    if (runs === 1) throw Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' })
    return inputs
  }, 2)
  const settled = await Promise.allSettled([1, 2, 3, 4].map((input) => combine('a', input)))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected'])
  expect(runs).toBe(1)
  expect(await combine('a', 5)).toBe(5)
})

test('inputs of a run for which no connection was free in time fail together, and do not wait again one by one', async () => {
  let runs = 0
  const combine = createCombiner<string, number, number>(async () => {
    runs += 1
    await sleep(5)
    throw new AppError('unavailable')
  })
  const settled = await Promise.allSettled([1, 2, 3, 4].map((input) => combine('a', input)))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected'])
  expect(runs).toBe(2)
})

test('inputs of a run that was committed are not written again', async () => {
  let runs = 0
  const combine = createCombiner<string, number, number>(async () => {
    runs += 1
    await sleep(5)
    throw new CommittedError(new Error('unread'))
  })
  const settled = await Promise.allSettled([1, 2, 3, 4].map((input) => combine('a', input)))
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected'])
  expect(runs).toBe(2)
})

test('a run that loses an output is an error, not a wrong answer', async () => {
  const combine = createCombiner<string, number, number>(async (_key, inputs) => (inputs.length === 1 ? [] : inputs))
  await expect(combine('a', 1)).rejects.toThrow('1 outputs expected, got 0')
})
