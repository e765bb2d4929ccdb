import { expect, test } from 'vitest'
import { memberInWords, typeInWords, valueInWords } from './audit-values.ts'

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
    ['constructor', 'constructor'],
    ['<b>', '<b>'],
  ]
  for (const [value, text] of cases) expect(valueInWords(value, names, words)).toBe(text)
})

test('members and types read as words', () => {
  expect(memberInWords('technician_id')).toBe('technician id')
  expect(typeInWords('ticket.status_changed')).toBe('Ticket status changed')
})
