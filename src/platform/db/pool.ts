import pg from 'pg'
import type { Log } from '../log.ts'
import { adoptApplicationRole } from './application-role.ts'
import { markAsOwner } from './checkout.ts'

const { builtins } = pg.types

const parseBigint = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number`)
  return value
}

const utc = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00$/

/**
 * Times come as what the API answers with: ISO 8601 in UTC with milliseconds. `Date` would read what PostgreSQL writes by
 * guessing: the year 1 as 2001, and infinity as some day in 2000; and a list has a hundred times, at twelve times the cost.
 */
const parseTimestamp = (text: string): string => {
  if (!utc.test(text)) throw new RangeError(`timestamp ${text} is not between the years 1 and 9999, in UTC`)
  const milliseconds = text.slice(20, -3).padEnd(3, '0').slice(0, 3)
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${milliseconds}Z`
}

const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === builtins.INT8) return parseBigint
    if (oid === builtins.TIMESTAMPTZ) return parseTimestamp
    return pg.types.getTypeParser(oid, format)
  }) as typeof pg.types.getTypeParser,
}

export interface PoolOptions {
  url: string
  size: number
  applicationName: string
  /** To do what the program itself may not, such as moving events in time that have no position yet. */
  asOwner?: boolean
  /** How long to wait for an answer that may never arrive; default a second more than the server's own limit. */
  answerWithinMs?: number
}

/**
 * How long a statement, a lock, and a transaction that does nothing may take, in milliseconds; kept by the server.
 * @internal Exported for its test.
 */
export const timeouts = { statement: 10_000, lock: 2_000, idleInTransaction: 10_000, connect: 2_000 } as const

/**
 * The pool of connections. It fails fast: who waits longer than `timeouts.connect` for a connection gets an error
 * that becomes a 503, rather than a place in an endless queue. An idle connection that dies never ends the process.
 * Connections work as the role that may not change what has happened, see `application-role.ts`.
 */
export const createPool = (
  { url, size, applicationName, asOwner = false, answerWithinMs = timeouts.statement + 1_000 }: PoolOptions,
  log: Log,
): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: timeouts.connect,
    idleTimeoutMillis: 30_000,
    // So that a network that died silently is noticed within some 20 s on an idle connection, not within two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: applicationName,
    statement_timeout: timeouts.statement,
    lock_timeout: timeouts.lock,
    idle_in_transaction_session_timeout: timeouts.idleInTransaction,
    // The server's own timeout comes first; this one is for an answer that never arrives. See `query`.
    query_timeout: answerWithinMs,
    options: '-c TimeZone=UTC -c DateStyle=ISO',
    types,
    // Once for each connection, before anybody gets it. As an option of the start it would fail where there is no such role.
    onConnect: async (client) => {
      if (!asOwner && !(await adoptApplicationRole(client))) markAsOwner(client)
    },
  })
  // `end` does not wait until its connections are closed, so an embedded server that stops right afterwards can end one.
  pool.on('error', (error) => log[pool.ending ? 'debug' : 'warn']({ error }, 'an idle database connection broke'))
  // One that breaks while in use tells its statement; this event of its own would end the process if nobody listened.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ error }, 'a database connection broke')))
  return pool
}
