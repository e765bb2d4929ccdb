import { expect, test } from 'vitest'
import { returnPath } from './return-path.ts'

test.each([
  [null, '/'],
  ['/tickets/TKT0001?view=mine', '/tickets/TKT0001?view=mine'],
  ['/account/security', '/account/security'],
  ['/?tenant=demo', '/'],
  ['/tickets?tenant=demo&q=a%20b', '/tickets?q=a+b'],
  ['https://evil.example', '/'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['/ok\\..\\x', '/'],
  ['/.//evil.example', '/'],
  ['/..//evil.example', '/'],
  ['/a/..//evil.example', '/'],
  ['/tickets/../signin', '/'],
  ['javascript:alert(1)', '/'],
  ['tickets', '/'],
  ['/signin?next=/', '/'],
  ['/auth/signout', '/'],
  ['/password/reset', '/'],
])('after the sign-in %j leads to %j', (next, path) => {
  expect(returnPath(next)).toBe(path)
})
