import type { Pool } from 'pg'
import { outOfTurn } from './connection-turns.ts'

/** Called after a commit that wrote events. */
export type OnEvents = () => void

const listeners = new WeakMap<Pool, OnEvents>()

/**
 * Sets the listener that is called when events were committed through a pool. The listener nudges the fan-out, which
 * would otherwise find the events at its next poll.
 */
export const onCommittedEvents = (pool: Pool, listener: OnEvents): void => {
  listeners.set(pool, listener)
}

/**
 * Calls the listener, because events were committed through a pool. The listener works outside of any turn, because
 * what follows from the events belongs to no request. An error of the listener must not reach the caller, whose work is
 * committed: the error is shown as a warning of the process.
 */
export const tellOfEvents = (pool: Pool): void => {
  try {
    outOfTurn(() => listeners.get(pool)?.())
  } catch (error) {
    process.emitWarning(`the listener of committed events failed: ${error}`)
  }
}

const writing = new WeakSet<object>()

/** Notes that the transaction on a connection has written events. */
export const noteEvents = (connection: object): void => {
  writing.add(connection)
}

/** Whether the transaction on a connection has written events. Removes the note. */
export const clearNoteOfEvents = (connection: object): boolean => writing.delete(connection)
