import pg from 'pg'
import { settleEpoch } from '../events/log-epoch.ts'
import type { Log } from '../log.ts'
import { adoptApplicationRole } from './application-role.ts'
import { markAsOwner, markUnsettled } from './checkout.ts'
import { checkBehindPooler, markBehindPooler } from './pooler.ts'
import { keepPlans } from './statement-plans.ts'

const { builtins } = pg.types

const parseBigint = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number`)
  return value
}

const utc = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00$/

/**
 * Reads a time into the form of the API: ISO 8601 in UTC with milliseconds. `Date` reads the texts of PostgreSQL
 * wrongly (the year 1 as 2001, and infinity as a day in 2000), and takes twelve times as long. A list has a hundred
 * times.
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

/** What differs between pools. */
export interface PoolOptions {
  url: string
  size: number
  applicationName: string
  /**
   * The address that leads to the server itself, when `url` leads to a pooler in transaction mode: what needs a session
   * of its own connects there (`sessionOptionsOf`).
   */
  sessionUrl?: string
  /** Works as the owner of the tables, to do what the program may not, such as changing the time of events. */
  asOwner?: boolean
  /** How long to wait for an answer that may never arrive. Default: a second more than the server's own limit. */
  answerWithinMs?: number
  /**
   * Nobody waits for an answer, as in a script: statements, locks and connections may take minutes on a busy machine.
   */
  isPatient?: boolean
}

/**
 * How long a statement, a lock, and an idle transaction may take on the server, and a connection here; in milliseconds.
 * @internal Exported for its test.
 */
export const timeouts = { statement: 10_000, lock: 2_000, idleInTransaction: 10_000, connect: 2_000 } as const

/** What the role of a login must bring behind a pooler, where a connection cannot ask for it. */
const roleSettings = {
  statement_timeout: `${timeouts.statement / 1000}s`,
  lock_timeout: `${timeouts.lock / 1000}s`,
  idle_in_transaction_session_timeout: `${timeouts.idleInTransaction / 1000}s`,
  TimeZone: 'UTC',
  DateStyle: 'ISO, MDY',
  jit: 'off',
} as const

/** The time limit of a statement, as PostgreSQL tells it. */
export const statementTimeout: string = roleSettings.statement_timeout

const patientTimeouts = { statement: 300_000, lock: 60_000, idleInTransaction: 300_000, connect: 60_000 } as const

/**
 * Begins an epoch of the log when the connection's database is another one than before. Answers whether that is sure.
 */
const settleAndTell = async (client: pg.ClientBase, log: Log): Promise<boolean> => {
  const { isSettled, began } = await settleEpoch(client)
  if (began !== null) {
    log.warn(began, 'the database is not where it was, so a new epoch of the log begins; see docs/operations.md')
  }
  return isSettled
}

const sessions = new WeakMap<pg.Pool, pg.PoolConfig>()

/** How to connect to the database of a pool with a session that lasts, past a pooler. */
export const sessionOptionsOf = (pool: pg.Pool): pg.PoolConfig => sessions.get(pool) ?? pool.options

/**
 * Makes a pool of connections. It fails fast: a request that waits longer than `timeouts.connect` for a connection gets
 * an error, which becomes a 503. An idle connection that dies does not end the process. Connections work as the
 * application role, which may not change or delete events (`application-role.ts`). Before its first use a connection
 * finds out whether the log has gone back (`log-epoch.ts`).
 *
 * With a `sessionUrl` the connections lead to a pooler in transaction mode. They ask for nothing that a session keeps:
 * their login has the rights and the settings (`pooler.ts`).
 */
export const createPool = (
  { url, sessionUrl, size, applicationName, asOwner = false, answerWithinMs, isPatient = false }: PoolOptions,
  log: Log,
): pg.Pool => {
  const limits = isPatient ? patientTimeouts : timeouts
  const shared = {
    max: size,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: 30_000,
    // Finds within about 20 s that the network of an idle connection died silently. The default would be two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: applicationName,
    // The server's own timeout comes first. This timeout is for an answer that never arrives.
    query_timeout: answerWithinMs ?? limits.statement + 1_000,
    types,
  }
  const session: pg.PoolConfig = {
    ...shared,
    connectionString: sessionUrl ?? url,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    // Compiling a statement takes longer than running it: no statement of a request reads much.
    options: '-c TimeZone=UTC -c DateStyle=ISO -c jit=off',
  }
  const pool = new pg.Pool({
    ...(sessionUrl === undefined ? session : { ...shared, connectionString: url }),
    // Runs once for each connection, before its first use. The role is not a start option, because that fails without a
    // role.
    onConnect: async (client) => {
      if (sessionUrl !== undefined) {
        markBehindPooler(client)
        await checkBehindPooler(client, roleSettings)
      } else {
        await keepPlans(client)
        if (!asOwner && !(await adoptApplicationRole(client))) markAsOwner(client)
      }
      const settle = (): Promise<boolean> => settleAndTell(client, log)
      if (!(await settle())) markUnsettled(client, settle)
    },
  })
  sessions.set(pool, session)
  // `end` does not wait until its connections are closed, so an embedded server that stops right afterwards can end
  // one.
  pool.on('error', (error) => log[pool.ending ? 'debug' : 'warn']({ error }, 'an idle database connection broke'))
  // A connection that breaks in use fails its statement. It also emits this event, which would end the process unheard.
  pool.on('connect', (client) => client.on('error', (error) => log.debug({ error }, 'a database connection broke')))
  return pool
}
