import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addBits, addNumbers, createNumberSet, estimate, setBits, writeBits } from './number-set.ts'

const bitsAsText = (hex: string): string =>
  [...Buffer.from(hex, 'hex')].map((byte) => byte.toString(2).padStart(8, '0')).join('')

const range = (from: number, count: number, step = 1): number[] =>
  Array.from({ length: count }, (_, index) => from + index * step)

describe('The estimate of a set', () => {
  test.each([
    ['the first tickets', range(1, 100)],
    ['half of a quota', range(1, 2_500)],
    ['a quota', range(1_000_000, 5_000)],
    ['every sixteen-thousandth', range(1, 5_000, setBits)],
    ['numbers far apart', range(7, 5_000, 2 ** 33)],
    ['the largest quota', range(1, 50_000)],
  ])('is within four percent: %s', (_, numbers) => {
    const set = createNumberSet()
    addNumbers(set, numbers, 0x5eed5eed)
    expect(Math.abs(estimate(set) / numbers.length - 1)).toBeLessThan(0.04)
  })

  test('does not grow with numbers that were added before', () => {
    const set = createNumberSet()
    expect(addNumbers(set, range(1, 3_000), 1)).toBe(true)
    const before = estimate(set)
    expect(addNumbers(set, range(1, 3_000), 1)).toBe(false)
    expect(estimate(set)).toBe(before)
  })

  test('of a full set is beyond every quota', () => {
    const set = createNumberSet()
    addBits(set, '1'.repeat(setBits))
    expect(estimate(set)).toBe(Number.POSITIVE_INFINITY)
  })
})

test('two sets merge by their bits, and give the set of all numbers', () => {
  const numbers = fc.array(fc.nat({ max: 2 ** 40 }), { maxLength: 50 })
  fc.assert(
    fc.property(numbers, numbers, fc.nat({ max: 2 ** 32 - 1 }), (left, right, seed) => {
      const [one, other, all] = [createNumberSet(), createNumberSet(), createNumberSet()]
      addNumbers(one, left, seed)
      addNumbers(other, right, seed)
      addNumbers(all, [...left, ...right], seed)
      addBits(one, bitsAsText(writeBits(other)))
      expect([one.count, writeBits(one)]).toEqual([all.count, writeBits(all)])
    }),
    { numRuns: 50 },
  )
})
