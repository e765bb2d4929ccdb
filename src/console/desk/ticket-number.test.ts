import { expect, test } from 'vitest'
import { ticketNumberOf } from './ticket-number.ts'

test.each([
  ['TKT0042', 'TKT0042'],
  ['tkt42', 'TKT0042'],
  [' tkt 0042 ', 'TKT0042'],
  ['#42', 'TKT0042'],
  ['42', 'TKT0042'],
  ['TKT12345', 'TKT12345'],
  ['vpn 42', null],
  ['', null],
  ['tkt', null],
])('%j means %s', (typed, id) => {
  expect(ticketNumberOf(typed)).toBe(id)
})
