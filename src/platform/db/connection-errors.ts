/**
 * SQLSTATE classes and codes after which this connection, or this server, cannot be used for now. 25006: the server
 * only reads, because it is a standby since a failover. 25P03 and 25P04: the server ended a transaction that took too
 * long, and closed the connection.
 */
const connectionStates = /^(08|25006|25P0[34]|57P0[1-5]|53300|58|F0|XX)/
const socketErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
])
const clientMessages =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout|Client was closed|not queryable|Cannot use a pool after calling end|connection timeout/i

const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** Whether the connection broke. It must then be destroyed, and the request may be tried again later. */
export const isConnectionError = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  if (error instanceof AggregateError) return error.errors.some(isConnectionError)
  return connectionStates.test(code) || socketErrors.has(code) || clientMessages.test(error.message)
}

/** Whether the server gave no answer at all, not even a timeout of its own. The network to it may be gone. */
export const isSilence = (error: unknown): boolean => error instanceof Error && error.message === 'Query read timeout'

/** lock_not_available, query_canceled (by statement_timeout), serialization_failure, deadlock_detected, too_many_… */
const busyStates = new Set(['55P03', '57014', '40001', '40P01', '53200', '53100', '53400'])

/** Whether a statement waited for a lock as long as `timeouts.lock` allows, and did not get it. */
export const isLockTimeout = (error: unknown): boolean => codeOf(error) === '55P03'

/** Whether the server cancelled a statement, because it took longer than it may. */
export const isCancelled = (error: unknown): boolean => codeOf(error) === '57014'

/** Whether the database is away or too busy. The answer is then 503 with `Retry-After`. */
export const isDatabaseUnavailable = (error: unknown): boolean =>
  isConnectionError(error) || busyStates.has(codeOf(error))

/** The name of the constraint that a statement broke, or null. The caller maps the name to an error code. */
export const brokenConstraint = (error: unknown): string | null => {
  const { constraint } = (error ?? {}) as { constraint?: unknown }
  return codeOf(error).startsWith('23') && typeof constraint === 'string' ? constraint : null
}
