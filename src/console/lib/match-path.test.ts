import { expect, test } from 'vitest'
import { matchPath } from './match-path.ts'

test.each([
  ['/', '/', {}],
  ['/tickets', '/tickets', {}],
  ['/tickets/:ticketId', '/tickets/TKT0001', { ticketId: 'TKT0001' }],
  ['/people/:accountId', '/people/a%20b', { accountId: 'a b' }],
  ['/tickets/:ticketId', '/tickets', null],
  ['/tickets/:ticketId', '/tickets/TKT0001/more', null],
  ['/tickets/:ticketId', '/Tickets/TKT0001', null],
  ['/tickets/:ticketId', '/tickets/%E0%A4%A', null],
])('the pattern %s and the path %s', (pattern, path, params) => {
  expect(matchPath(pattern, path)).toEqual(params)
})
