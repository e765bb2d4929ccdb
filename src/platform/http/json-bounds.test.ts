import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refuseCostly } from './json-bounds.ts'

const judge = (text: string): string => {
  try {
    refuseCostly(Buffer.from(text))
    return 'taken'
  } catch (error) {
    return (error as Error).message
  }
}
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const objectOf = (members: number, value = '1'): string =>
  `{${Array.from({ length: members }, (_, index) => `"m${index}":${value}`).join()}}`
const arrayOf = (values: number): string => `[${Array(values).fill('1').join()}]`

test.each([
  ['32 levels', nested(32), 'taken'],
  ['33 levels', nested(33), 'The body is nested deeper than 32.'],
  ['33 levels of objects', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, 'The body is nested deeper than 32.'],
  ['1,000 members', objectOf(1_000), 'taken'],
  ['1,001 members', objectOf(1_001), 'The body has an object of more than 1000 members.'],
  ['1,001 members inside', `[{"a":${objectOf(1_001)}}]`, 'The body has an object of more than 1000 members.'],
  ['members of several objects', `[${Array(15).fill(objectOf(1_000)).join()}]`, 'taken'],
  ['members before and behind an object', `{"a":{"b":1},${objectOf(999).slice(1)}`, 'taken'],
  ['one more', `{"a":{"b":1},${objectOf(1_000).slice(1)}`, 'The body has an object of more than 1000 members.'],
  ['20,000 values', arrayOf(19_999), 'taken'],
  ['20,001 values', arrayOf(20_000), 'The body has more than 20000 values.'],
  ['20,001 values inside', `{"a":[${arrayOf(9_999)},${arrayOf(9_998)}]}`, 'The body has more than 20000 values.'],
  ['marks inside of a text', JSON.stringify({ a: '[{:,'.repeat(30_000) }), 'taken'],
  ['quotes inside of a text', JSON.stringify({ a: '"[\\'.repeat(30_000) }), 'taken'],
  ['a text that ends with backslashes', `["\\\\",${nested(31)}]`, 'taken'],
  ['nesting behind such a text', `["\\\\",${nested(32)}]`, 'The body is nested deeper than 32.'],
  ['a text that does not end', `["${'['.repeat(40)}`, 'taken'],
  ['more ends than begins', `${']'.repeat(40)}${nested(32)}`, 'taken'],
  ['nothing', '', 'taken'],
])('%s', (_, text, verdict) => {
  expect(judge(text)).toBe(verdict)
})

/** Depth, most members and values of parsed JSON. An empty array or object counts as two. */
const measure = (value: unknown): { depth: number; members: number; values: number } => {
  if (typeof value !== 'object' || value === null) return { depth: 0, members: 0, values: 1 }
  const inner = Object.values(value).map(measure)
  const of = (pick: 'depth' | 'members'): number => Math.max(0, ...inner.map((one) => one[pick]))
  return {
    depth: 1 + of('depth'),
    members: Math.max(Array.isArray(value) ? 0 : inner.length, of('members')),
    values: 1 + inner.reduce((sum, one) => sum + one.values, 0) + (inner.length === 0 ? 1 : 0),
  }
}

test('the bytes are judged as the parsed value would be', () => {
  const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })
  fc.assert(
    fc.property(json, fc.nat(3), fc.constantFrom(0, 28, 30), (value, indent, deeper) => {
      const text = JSON.stringify(value, null, indent)
      const whole = `${'['.repeat(deeper)}${text}${']'.repeat(deeper)}`
      const { depth, members, values } = measure(JSON.parse(whole))
      const isBounded = depth <= 32 && members <= 1_000 && values <= 20_000
      expect(judge(whole) === 'taken').toBe(isBounded)
    }),
    { numRuns: 100 },
  )
})
