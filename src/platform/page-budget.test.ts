import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginningOf, fitPage, pageBudget } from './page-budget.ts'

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))
const char = fc.constantFrom('a', ' ', '\n', '"', '\u0001', 'ä', '€', '😀', '\ud83d')
const texts = fc.string({ unit: char, maxLength: 60 })

test('the beginning of a text fits, is the whole text when that fits, and never splits a pair of surrogates', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 0, max: 200 }), (text, bytes) => {
      const beginning = beginningOf(text, bytes)
      expect(text.startsWith(beginning)).toBe(true)
      expect(bytesOf(beginning) - 2).toBeLessThanOrEqual(bytes)
      if (bytesOf(text) - 2 <= bytes && text.isWellFormed()) expect(beginning).toBe(text)
      if (text.isWellFormed()) expect(beginning.isWellFormed()).toBe(true)
    }),
  )
})

test.each([
  ['plain', 'x'],
  ['escaped', '\n'],
  ['control characters', '\u0001'],
  ['of two bytes', 'ä'],
  ['pairs of surrogates', '😀'],
])('a page of long texts fits its budget: %s', (_, unit) => {
  const rows = Array.from({ length: 100 }, (_, id) => ({ id, text: unit.repeat(10_000 / unit.length), note: 'short' }))
  const fitted = fitPage(rows, ['text', 'note'])
  expect(bytesOf(fitted)).toBeLessThanOrEqual(pageBudget)
  expect(bytesOf(fitted)).toBeGreaterThan(pageBudget * 0.9)
  for (const { text, note, truncated } of fitted)
    expect([text.isWellFormed(), note, truncated]).toEqual([true, 'short', true])
})

test('short texts are left whole, and say nothing', () => {
  const rows = Array.from({ length: 100 }, (_, id) => ({ id, text: 'x'.repeat(id < 50 ? 1_000 : 10_000) }))
  const fitted = fitPage(rows, ['text'])
  expect(fitted.slice(0, 50)).toEqual(rows.slice(0, 50))
  expect(fitted.slice(50).every(({ truncated, text }) => truncated && text.length > 3_000)).toBe(true)
  expect(bytesOf(fitted)).toBeLessThanOrEqual(pageBudget)
})

test('a page within its budget stays as it is', () => {
  const rows = Array.from({ length: 25 }, (_, id) => ({ id, text: 'x'.repeat(10_000) }))
  expect(fitPage(rows, ['text'])).toEqual(rows)
})

test('texts are found in whatever a member holds', () => {
  const rows = Array.from({ length: 100 }, (_, id) => ({
    id,
    changes: { body: { from: 'x'.repeat(10_000), to: null }, tags: ['a', 'y'.repeat(10_000)], count: 3 },
  }))
  const [first] = fitPage(rows, ['changes'])
  expect(first?.changes.tags).toEqual(['a', expect.stringMatching(/^y+$/)])
  expect(first?.changes.body.to).toBe(null)
  expect(bytesOf(fitPage(rows, ['changes']))).toBeLessThanOrEqual(pageBudget)
})
