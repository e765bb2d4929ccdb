import { expect, test } from 'vitest'
import { messageIn } from './messages.ts'

const event = { id: '7', type: 'ticket.created', subject_id: 'TKT0001', details: {} }

test.each([
  { kind: 'event', event },
  { kind: 'passing', passing: { type: 'presence.changed', data: { ticket_id: 'TKT0001', present: [] } } },
  { kind: 'passing', passing: { type: 'notifications.unread', data: { unread: 1, unread_is_exact: true } } },
  { kind: 'passing', passing: { type: 'draft.changed', data: { ticket_id: 'TKT0001', kind: 'note', version: 1 } } },
  { kind: 'passing', passing: { type: 'newer.than_this', data: null } },
  { kind: 'catch-up' },
  { kind: 'state', state: 'live' },
  { kind: 'state', state: 'suspended' },
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
  { kind: 'event', event: { ...event, subject_id: undefined } },
  { kind: 'passing', passing: { data: {} } },
  ...['notifications.unread', 'presence.changed', 'draft.changed'].flatMap((type) => [
    { kind: 'passing', passing: { type, data: null } },
    { kind: 'passing', passing: { type, data: { unread: '1', ticket_id: 'TKT0001', present: [null] } } },
  ]),
  { kind: 'state', state: 'constructor' },
  { kind: 'toString' },
])('is passed over: %j', (message) => {
  expect(messageIn({ to: 'a', message }, 'a')).toBeNull()
  expect(messageIn(message, 'a')).toBeNull()
})
