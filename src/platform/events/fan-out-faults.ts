import { isDatabaseUnavailable } from '../db/connection-errors.ts'

/**
 * Whose fault a failed batch is:
 * - `database`: away, in migration, or full. No event can cause that, so all events wait.
 * - `busy`: a lock, or a deadlock. It may be due to the batch, and never to one event.
 * - `exhausted`: our own timeout, or too little memory. It may be due to the batch, to one event, or to a busy
 *   database.
 * - `event`: an event that a follower cannot take.
 */
export type Fault = 'database' | 'busy' | 'exhausted' | 'event'

/** query_canceled (by statement_timeout), out_of_memory, configuration_limit_exceeded */
const exhaustedStates = new Set(['57014', '53200', '53400'])
/** lock_not_available, serialization_failure, deadlock_detected */
const busyStates = new Set(['55P03', '40001', '40P01'])
/**
 * An object or a right is missing (during or before a migration), a state of the transaction, a missing feature. An
 * event may cause the classes 21 to 23, and errors that are not of the database.
 */
const databaseStates = /^(0A|25|28|3D|3F|42|55|57)/

/** Followers failed on a batch, or the batch could not be placed. Nothing of it is written. */
export class BatchRefused extends Error {
  /** How many events of each tenant there were; for a batch that was not placed, how many there may have been. */
  readonly shares: Map<number, number>
  /** The event of a batch of one; else null. */
  readonly eventId: number | null

  constructor(shares: Map<number, number>, eventId: number | null, cause: unknown) {
    super('a batch of events was refused', { cause })
    this.shares = shares
    this.eventId = eventId
  }
}

/** Whose fault an error of a round is. */
export const faultOf = (thrown: unknown): Fault => {
  const error = thrown instanceof BatchRefused ? thrown.cause : thrown
  const code = String(((error ?? {}) as { code?: unknown }).code)
  if (exhaustedStates.has(code)) return 'exhausted'
  if (busyStates.has(code)) return 'busy'
  return isDatabaseUnavailable(error) || databaseStates.test(code) ? 'database' : 'event'
}
