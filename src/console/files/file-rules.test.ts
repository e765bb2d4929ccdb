import { expect, test } from 'vitest'
import { acceptedBy, isPicture, unfitness } from './file-rules.ts'

const rules = { max_bytes: 25_000_000, extensions: ['png', 'txt'], max_files_of_comment: 2 }

test.each([
  ['a.PNG', 25_000_000, 1, null],
  ['a.png', 25_000_001, 0, 'too_large'],
  ['a.exe', 61_000_000, 0, 'kind'],
  ['png', 5, 0, 'kind'],
  ['a.txt', 0, 0, 'empty'],
  ['a.txt', 5, 2, 'too_many'],
])('%s of %i bytes beside %i others: %s', (name, size, count, expected) =>
  expect(unfitness({ name, size }, rules, count)).toBe(expected),
)

test('the dialog offers what is accepted', () => expect(acceptedBy(rules)).toBe('.png,.txt'))

test('only small pictures that run nothing are shown', () => {
  expect(isPicture({ content_type: 'image/png', size: 400 })).toBe(true)
  expect(isPicture({ content_type: 'image/svg+xml', size: 400 })).toBe(false)
  expect(isPicture({ content_type: 'image/png', size: 20_000_000 })).toBe(false)
})
