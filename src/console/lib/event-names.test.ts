import { expect, test } from 'vitest'
import { eventTypes } from '../../contract/events.ts'
import { eventNames } from './event-names.ts'

test('every type of event has a name of its own in both languages, and no name is for a type that is gone', () => {
  for (const names of Object.values(eventNames)) {
    expect(Object.keys(names).sort()).toEqual(Object.keys(eventTypes).sort())
    expect(new Set(Object.values(names)).size).toBe(Object.keys(names).length)
  }
})
