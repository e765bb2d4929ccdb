import { expect, test } from 'vitest'
import {
  differing,
  forField,
  groupOf,
  healthOf,
  isChosen,
  isWhole,
  joinValues,
  momentOf,
  toggleGroup,
  toggleType,
} from './webhook-rules.ts'

const types = [
  'ticket.created',
  'ticket.assigned',
  'comment.added',
  'session.started',
  'session.ended',
  'sign_in.failed',
]
const ofTickets = types.slice(0, 2)
const values = { url: 'https://a.example/', description: '', types: null, includes_internal: false, is_ordered: false }

test.each([
  ['disabled', 3, null, 'off'],
  ['enabled', 1, '2026-11-25T10:00:00Z', 'failing'],
  ['enabled', 0, '2026-11-25T10:00:00Z', 'well'],
  ['enabled', 0, null, 'quiet'],
] as const)('a webhook that is %s with %i failures and last worked at %s is %s', (state, failures, last, health) => {
  expect(healthOf({ state, failures, last_success_at: last })).toBe(health)
})

test('a group is chosen by patterns, and one of its types may be left out again', () => {
  expect(groupOf('ticket.created')).toBe('tickets')
  expect(groupOf('sign_in.failed')).toBe('signIn')
  expect(groupOf('webhook.created')).toBe('rest')
  const whole = toggleGroup(['ticket.created', 'comment.added'], ofTickets)
  expect(whole).toEqual(['comment.added', 'ticket.*'])
  expect(isWhole(whole, ofTickets)).toBe(true)
  expect(isChosen(whole, 'ticket.assigned')).toBe(true)
  const without = toggleType(whole, 'ticket.created', types)
  expect(without).toEqual(['comment.added', 'ticket.assigned'])
  expect(toggleType(without, 'ticket.created', types)).toEqual([...without, 'ticket.created'])
  expect(toggleGroup(whole, ofTickets)).toEqual(['comment.added'])
  expect(toggleGroup([], types.slice(3))).toEqual(['session.*', 'sign_in.*'])
})

test('a pattern that was chosen elsewhere stays as it is', () => {
  expect(toggleType(['ticket.a*'], 'comment.added', types)).toEqual(['ticket.a*', 'comment.added'])
  expect(isChosen(['ticket.a*'], 'ticket.assigned')).toBe(true)
  expect(isChosen(['*'], 'session.ended')).toBe(true)
})

test('two who change other members both have their way, and one who changes the same is asked', () => {
  const typed = { ...values, description: 'mine', is_ordered: true }
  const now = { ...values, description: 'theirs', url: 'https://b.example/' }
  expect(differing(values, typed)).toEqual(['description', 'is_ordered'])
  expect(joinValues(values, typed, now)).toEqual({
    joined: { ...typed, url: 'https://b.example/' },
    both: ['description'],
  })
  expect(joinValues(values, typed, typed).both).toEqual([])
})

test('a time is typed in the zone of the browser', () => {
  expect(momentOf('')).toBeNull()
  expect(momentOf('yesterday')).toBeNull()
  expect(momentOf(forField('2026-11-25T10:30:00.000Z'))).toBe('2026-11-25T10:30:00.000Z')
})
