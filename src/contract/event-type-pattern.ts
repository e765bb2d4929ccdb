import { z } from 'zod'
import { eventTypes } from './events.ts'

const typeOfEvent = {
  error: 'must be a type of event such as ticket.assigned, or the beginning of one and *, such as session.*',
}

/**
 * A filter by types of events: a type, or the beginning of types and `*`. `more`: types that are not in the catalogue.
 */
export const eventTypePattern = (more: readonly string[] = []) => {
  const names = [...Object.keys(eventTypes), ...more]
  const isOfEvents = (pattern: string): boolean =>
    pattern.endsWith('*') ? names.some((name) => name.startsWith(pattern.slice(0, -1))) : names.includes(pattern)
  return z
    .string()
    .regex(/^[a-z][a-z_.]{0,98}\*?$/, typeOfEvent)
    .refine(isOfEvents, typeOfEvent)
}

/** Whether a type is one that a pattern means. */
export const isOfPattern = (type: string, pattern: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
