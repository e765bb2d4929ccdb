import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

const names = [
  'link',
  'quote',
  'ticket_id',
  'ticket_subject',
  'customer_name',
  'technician_name',
  'is_closed',
  'status',
]

test.each([
  ['ticket_idd', 'ticket_id'],
  ['tikcet_id', 'ticket_id'],
  ['ticketid', 'ticket_id'],
  ['ticket_subjekt', 'ticket_subject'],
  ['customer_nmae', 'customer_name'],
  ['costumer_name', 'customer_name'],
  ['technican_name', 'technician_name'],
  ['closed', 'is_closed'],
  ['subject', 'ticket_subject'],
  ['ticket', 'ticket_id'],
  ['lnik', 'link'],
  ['links', 'link'],
  ['the_status_of_it', 'status'],
  ['constructor', null],
  ['zzzzzz', null],
])('%s was meant as %s', (typed, meant) => {
  expect(nearestName(typed, names)).toBe(meant)
})
