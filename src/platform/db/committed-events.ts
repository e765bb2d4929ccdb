import type { Pool } from 'pg'

/** Called after a commit that wrote events. */
export type OnEvents = () => void

const listeners = new WeakMap<Pool, OnEvents>()

/** Says who is to be told when events were committed through a pool: the fan-out, so that it need not wait for its poll. */
export const onCommittedEvents = (pool: Pool, listener: OnEvents): void => {
  listeners.set(pool, listener)
}

/** Tells that events were committed through a pool. */
export const tellOfEvents = (pool: Pool): void => listeners.get(pool)?.()

const writing = new WeakSet<object>()

/** Notes that the transaction on a connection has written events. */
export const noteEvents = (connection: object): void => {
  writing.add(connection)
}

/** Whether the transaction on a connection has written events; it is forgotten by that. */
export const takeNoteOfEvents = (connection: object): boolean => writing.delete(connection)
