import { expect, test } from 'vitest'
import { messageIn } from './messages.ts'

const event = { id: '7', type: 'ticket.created', details: {} }

test.each([
  { kind: 'event', event },
  { kind: 'passing', passing: { type: 'presence.changed', data: null } },
  { kind: 'catch-up' },
  { kind: 'state', state: 'live' },
  { kind: 'who' },
])('is taken: $kind', (message) => {
  expect(messageIn({ to: 'north/TEC0001', message }, 'north/TEC0001')).toBe(message)
  expect(messageIn({ to: 'north/TEC0002', message }, 'north/TEC0001')).toBeNull()
  expect(messageIn(message, 'north/TEC0001')).toBeNull()
})

test.each([
  null,
  undefined,
  7,
  'who',
  [],
  {},
  { kind: 'event' },
  { kind: 'event', event: null },
  { kind: 'event', event: { ...event, details: null } },
  { kind: 'event', event: { ...event, id: 7 } },
  { kind: 'passing' },
  { kind: 'passing', passing: { data: {} } },
  { kind: 'state', state: 'constructor' },
  { kind: 'toString' },
])('is passed over: %j', (message) => {
  expect(messageIn({ to: 'a', message }, 'a')).toBeNull()
  expect(messageIn(message, 'a')).toBeNull()
})
