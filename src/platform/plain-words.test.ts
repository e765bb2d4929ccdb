import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { plainWords } from './plain-words.ts'

const Sample = z.strictObject({
  name: z.string().min(1).max(3),
  count: z.int().min(2).max(5),
  tags: z.array(z.string()).max(1),
  kind: z.enum(['low', 'high', 'urgent']),
  id: z.uuid(),
  at: z.iso.datetime(),
  isOpen: z.boolean(),
  code: z.string().regex(/^x/, { error: 'must begin with x' }),
})
const good = {
  name: 'a',
  count: 3,
  tags: [],
  kind: 'low',
  id: '3f2b8c1e-5d4a-4b6f-9a7c-1e2d3c4b5a69',
  at: '2026-11-26T09:30:00Z',
  isOpen: true,
  code: 'xy',
}

const wordsFor = (change: object): string[] => {
  const result = Sample.safeParse({ ...good, ...change }, { error: plainWords })
  return result.error?.issues.map(({ message }) => message) ?? []
}

describe('what a schema refuses is said in plain words', () => {
  test('and what fits is not refused', () => expect(wordsFor({})).toEqual([]))

  test.each([
    [{ name: undefined }, 'is missing'],
    [{ kind: undefined }, 'is missing'],
    [{ name: 7 }, 'must be text'],
    [{ name: '' }, 'must have at least 1 character'],
    [{ name: 'abcd' }, 'must have at most 3 characters'],
    [{ count: 1 }, 'must be at least 2'],
    [{ count: 6 }, 'must be at most 5'],
    [{ count: 2.5 }, 'must be a whole number'],
    [{ tags: ['a', 'b'] }, 'must have at most 1 entry'],
    [{ tags: 'a' }, 'must be a list'],
    [{ kind: 'lowest' }, 'must be low, high or urgent'],
    [{ id: 'x' }, 'must be a UUID'],
    [{ at: 'yesterday' }, 'must be a time such as 2026-11-26T09:30:00Z'],
    [{ isOpen: 'yes' }, 'must be true or false'],
    [{ code: 'abc' }, 'must begin with x'],
    [{ colour: 'red' }, 'has unknown members: colour'],
  ])('%j: %s', (change, words) => expect(wordsFor(change)).toEqual([words]))
})
