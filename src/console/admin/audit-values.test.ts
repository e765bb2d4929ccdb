import { expect, test } from 'vitest'
import { typeInWords } from '../lib/event-names.ts'
import { memberInWords, subjectPath, valueInWords } from './audit-values.ts'

const words = { nothing: '–', yes: 'yes', no: 'no' }

test('values of events read as words, and ids as the names of today', () => {
  const names = { TEC0001: 'Tess', constructor_: 'x' }
  const cases: [unknown, string][] = [
    [null, '–'],
    ['', '–'],
    [[], '–'],
    [true, 'yes'],
    [false, 'no'],
    [0, '0'],
    ['TEC0001', 'Tess (TEC0001)'],
    [['TEC0001', 'TEC0009'], 'Tess (TEC0001), TEC0009'],
    [{ a: 1 }, '{"a":1}'],
    [{ name: 'Desk, one', address: 'desk@example.com' }, 'Desk, one <desk@example.com>'],
    [{ name: null, address: 'desk@example.com' }, 'desk@example.com'],
    ['constructor', 'constructor'],
    ['<b>', '<b>'],
  ]
  for (const [value, text] of cases) expect(valueInWords(value, names, words)).toBe(text)
})

test('members and types read as words', () => {
  expect(memberInWords('technician_id', { technician_id: 'technician' })).toBe('technician')
  expect(memberInWords('undo_id', {})).toBe('undo id')
  expect(memberInWords('constructor', {})).toBe('constructor')
  expect(typeInWords('ticket.status_changed')).toBe('Ticket status changed')
})

test('what an event is about leads to its screen', () => {
  expect(['TKT0001', 'CUS0001', 'dana', 'SVC0001', '-'].map(subjectPath)).toEqual([
    '/tickets/TKT0001',
    '/people/CUS0001',
    '/people/dana',
    '/programs',
    null,
  ])
})
