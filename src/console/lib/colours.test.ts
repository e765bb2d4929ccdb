import { expect, test } from 'vitest'
import { accentsOf, contrast, mixed } from './colours.ts'

test('contrast is that of WCAG', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2)
  expect(mixed('#000000', '#ffffff', 0.5)).toBe('#808080')
})

test.each(['#000000', '#1f5fbf', '#0b6e4f', '#8a1538', '#767676', '#7b00ff', '#0000ff', '#b3261e', '#006400'])(
  '%s is readable in both themes',
  (colour) => {
    const pairs = Object.entries(accentsOf(colour)).map(([name, value]) => [name, /\((#.{6}), (#.{6})\)/.exec(value)])
    const { '--accent': accent, '--on-accent': on, '--selected': selected } = Object.fromEntries(pairs)
    for (const [at, grounds] of [
      [1, ['#ffffff', '#f6f7f9', '#eff1f4']],
      [2, ['#14171a', '#1b1f24', '#21262c']],
    ] as const) {
      for (const ground of [...grounds, selected[at]]) expect(contrast(accent[at], ground)).toBeGreaterThanOrEqual(4.5)
      expect(contrast(accent[at], on[at])).toBeGreaterThanOrEqual(4.5)
    }
  },
)
