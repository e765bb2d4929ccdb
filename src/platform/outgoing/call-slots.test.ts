import { expect, test } from 'vitest'
import { createCallSlots } from './call-slots.ts'

test('a key has so many calls at once, others wait in their order, and it is forgotten after the last', async () => {
  const slots = createCallSlots(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const calls = [1, 2, 3, 4].map((number) =>
    slots.run('one', () => {
      begun.push(number)
      return new Promise<void>((resolve) => ends.push(resolve))
    }),
  )
  await slots.run('other', async () => expect(slots.keys()).toBe(2))
  expect(begun).toEqual([1, 2])
  expect(slots.keys()).toBe(1)
  for (const index of [0, 1, 2, 3]) {
    ends[index]?.()
    await calls[index]
  }
  expect(begun).toEqual([1, 2, 3, 4])
  expect(slots.keys()).toBe(0)
})

test('a call that fails gives its slot back', async () => {
  const slots = createCallSlots(1)
  await expect(slots.run('one', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(slots.keys()).toBe(0)
})
