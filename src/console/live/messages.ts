import type { components } from '../api/types.ts'

/** Something that happened, as the stream tells it. */
export type FeedEvent = components['schemas']['FeedEvent']

/** `suspended`: the program refuses everybody of the organisation. */
export type LiveState = 'connecting' | 'live' | 'offline' | 'suspended'

/**
 * What the tab that reads the stream tells the others. `passing`: what the stream sends without a place, such as who is
 * at a ticket. `who`: a tab asks how the line is.
 */
export type Message =
  | { kind: 'event'; event: FeedEvent }
  | { kind: 'passing'; passing: { type: string; data: unknown } }
  | { kind: 'catch-up' }
  | { kind: 'state'; state: LiveState }
  | { kind: 'who' }

const states = new Set<unknown>(['connecting', 'live', 'offline', 'suspended'])

const membersOf = (data: unknown): Record<string, unknown> =>
  typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {}

/** Whether data has what every reader of an event relies on. */
export const isEvent = (data: unknown): data is FeedEvent => {
  const { id, type, subject_id, details } = membersOf(data)
  const isNamed = typeof id === 'string' && typeof type === 'string' && typeof subject_id === 'string'
  return isNamed && typeof details === 'object' && details !== null
}

type Members = Record<string, unknown>

const isPerson = (data: unknown): boolean => {
  const { account_id, name, state } = membersOf(data)
  return [account_id, name, state].every((member) => typeof member === 'string')
}

/** What the listeners of each passing type rely on. */
const passingShapes = new Map<unknown, (data: Members) => boolean>([
  ['notifications.unread', (data) => typeof data.unread === 'number' && typeof data.unread_is_exact === 'boolean'],
  [
    'presence.changed',
    ({ ticket_id, present }) => typeof ticket_id === 'string' && Array.isArray(present) && present.every(isPerson),
  ],
  [
    'draft.changed',
    ({ ticket_id, kind, version }) =>
      typeof ticket_id === 'string' && typeof kind === 'string' && typeof version === 'number',
  ],
])

/** Whether what passes has what its listeners rely on. */
const isWholePassing = (passing: unknown): boolean => {
  const { type, data } = membersOf(passing)
  return typeof type === 'string' && (passingShapes.get(type)?.(membersOf(data)) ?? true)
}

/**
 * The message in what came from another tab; null when it is none, or for somebody else. A tab may show an older
 * version of the console, or another person.
 */
export const messageIn = (data: unknown, reader: string): Message | null => {
  const { to, message } = membersOf(data)
  if (to !== reader) return null
  const { kind, event, passing, state } = membersOf(message)
  const isWhole =
    kind === 'catch-up' ||
    kind === 'who' ||
    (kind === 'event' && isEvent(event)) ||
    (kind === 'passing' && isWholePassing(passing)) ||
    (kind === 'state' && states.has(state))
  return isWhole ? (message as Message) : null
}
