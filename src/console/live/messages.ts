import type { components } from '../api/types.ts'

/** Something that happened, as the stream tells it. */
export type FeedEvent = components['schemas']['FeedEvent']

export type LiveState = 'connecting' | 'live' | 'offline'

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

const states = new Set<unknown>(['connecting', 'live', 'offline'])

const membersOf = (data: unknown): Record<string, unknown> =>
  typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {}

/** Whether data has what every reader of an event relies on. */
export const isEvent = (data: unknown): data is FeedEvent => {
  const { id, type, details } = membersOf(data)
  return typeof id === 'string' && typeof type === 'string' && typeof details === 'object' && details !== null
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
    (kind === 'passing' && typeof membersOf(passing).type === 'string') ||
    (kind === 'state' && states.has(state))
  return isWhole ? (message as Message) : null
}
