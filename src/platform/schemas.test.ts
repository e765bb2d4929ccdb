import { expect, test } from 'vitest'
import { email } from './schemas.ts'

test('the labels of a mail address end in a letter or digit, and have at most 63 characters (RFC 1035, 2.3.1)', () => {
  const label = 'a'.repeat(63)
  const good = ['a@b.cd', 'ada.o-neil+x@a-b.example.com', `a@${label}.cd`, "o'neil@1.2.example.com", 'A@B.CD']
  const bad = ['a@b-.cd', 'a@-b.cd', 'a@b.c-.de', `a@${label}a.cd`, 'a@b..cd', 'a@b', '.a@b.cd', 'a..b@b.cd', 'a@b.c1']
  expect(good.filter((address) => !email.safeParse(address).success)).toEqual([])
  expect(bad.filter((address) => email.safeParse(address).success)).toEqual([])
})
