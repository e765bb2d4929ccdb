import { expect, test } from 'vitest'
import type { Problem } from '../api/calls.ts'
import { differing, domainsIn, isWithin, stillSaid, type Values } from './settings-values.ts'

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

test('a refusal is no longer said of a member that changed', () => {
  const before = { accent_colour: '#ffee00', mail_sender: { name: null, address: 'a@elsewhere.example' } }
  const refusal: Problem = {
    status: 400,
    code: 'validation_failed',
    title: '',
    detail: '',
    request_id: null,
    retry_after: null,
    members: {},
    errors: [
      { field: 'accent_colour', code: 'too_light', message: 'accent_colour is too light' },
      { field: 'mail_sender.address', code: 'foreign_domain', message: 'mail_sender.address must be another' },
    ],
  }
  const fieldsAfter = (wanted: typeof before) => stillSaid(refusal, before, wanted)?.errors.map(({ field }) => field)
  const sender = { ...before.mail_sender, address: 'a@here.example' }
  expect(fieldsAfter({ ...before, accent_colour: '#0b6e4f' })).toEqual(['mail_sender.address'])
  expect(fieldsAfter({ ...before, mail_sender: sender })).toEqual(['accent_colour'])
  // The name beside the address says nothing of the address.
  expect(fieldsAfter({ ...before, mail_sender: { ...before.mail_sender, name: 'Desk' } as never })).toHaveLength(2)
  expect(stillSaid(refusal, before, { accent_colour: '#0b6e4f', mail_sender: sender })).toBeNull()
})
