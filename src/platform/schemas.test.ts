import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { email, line } from './schemas.ts'

test('the labels of a mail address end in a letter or digit, and have at most 63 characters (RFC 1035, 2.3.1)', () => {
  const label = 'a'.repeat(63)
  const good = ['a@b.cd', 'ada.o-neil+x@a-b.example.com', `a@${label}.cd`, "o'neil@1.2.example.com", 'A@B.CD']
  const bad = ['a@b-.cd', 'a@-b.cd', 'a@b.c-.de', `a@${label}a.cd`, 'a@b..cd', 'a@b', '.a@b.cd', 'a..b@b.cd', 'a@b.c1']
  expect(good.filter((address) => !email.safeParse(address).success)).toEqual([])
  expect(bad.filter((address) => email.safeParse(address).success)).toEqual([])
})

test('a line counts its characters as they were sent, as the API document says; then space at its ends is cut off', () => {
  const documented = new Ajv2020().compile(z.toJSONSchema(line(5), { io: 'input' }))
  for (const [text, taken] of [
    ['abcde', 'abcde'],
    [' abc ', 'abc'],
    ['abcdef', null],
    [' abcde', null],
    [' abcd ', null],
  ] as const) {
    expect(line(5).safeParse(text).data ?? null, text).toBe(taken)
    expect(documented(text), text).toBe(taken !== null)
  }
})
