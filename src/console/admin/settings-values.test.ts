import { expect, test } from 'vitest'
import { differing, domainsIn, isWithin, type Values } from './settings-values.ts'

const kept: Pick<Values, 'registration' | 'registration_domains' | 'second_factor_required'> = {
  registration: 'open',
  registration_domains: ['a.example'],
  second_factor_required: false,
}

test.each<[Partial<typeof kept>, string[]]>([
  [{}, []],
  [{ registration: 'open' }, []],
  [{ registration: 'closed' }, ['registration']],
  [{ registration_domains: ['a.example'] }, []],
  [
    { registration_domains: ['a.example', 'b.example'], second_factor_required: true },
    ['registration_domains', 'second_factor_required'],
  ],
])('the settings that %j changes', (change, names) => {
  expect(differing(kept, { ...kept, ...change })).toEqual(names)
})

test.each([
  ['undo_seconds', 30, true],
  ['undo_seconds', 31, false],
  ['auto_close_days', 0, false],
  ['auto_close_days', 1.5, false],
  ['auto_close_days', Number.NaN, false],
] as const)('whether %s may be %d: %s', (name, value, may) => expect(isWithin(name, value)).toBe(may))

test('domains stand in lines, or between commas, without blanks', () => {
  expect(domainsIn(' a.example \n\n b.example,c.example; d.example ')).toEqual([
    'a.example',
    'b.example',
    'c.example',
    'd.example',
  ])
  expect(domainsIn('  \n ')).toEqual([])
})
