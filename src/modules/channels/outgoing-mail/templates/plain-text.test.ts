import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fold } from './plain-text.ts'

it.each([
  ['', ['']],
  ['short', ['short']],
  ['exactly 10', ['exactly 10']],
  ['one two three', ['one two', 'three']],
  ['exactly 10 more', ['exactly 10', 'more']],
  ['0123456789abc', ['0123456789', 'abc']],
  ['a 0123456789abc', ['a', '0123456789', 'abc']],
  ['  indented', ['  indented']],
  ['長い言葉です', ['長い言葉で', 'す']],
])('folds %j at ten columns', (line, folded) => {
  expect(fold(line, 10)).toEqual(folded)
})

it('loses nothing but space', () => {
  const letters = (text: string) => text.replaceAll(/\s/g, '')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 20 }), (line, width) => {
      expect(letters(fold(line, width).join(''))).toBe(letters(line))
    }),
  )
})
