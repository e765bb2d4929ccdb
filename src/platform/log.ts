import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.ts'
import { readableLog } from './readable-log.ts'

/** The log of the program. */
export type Log = Logger

/** PostgreSQL (SQLSTATE class 22, data exceptions) and JSON.parse quote the refused value in their messages. */
const quotesValues = (error: Error, code: unknown): boolean =>
  error instanceof SyntaxError || (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code))

/** The members of an error that a log line may have. Others may carry values of a request. */
const describeError = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, constraint } = error as { code?: unknown; constraint?: unknown }
  const message = quotesValues(error, code) ? 'withheld, because it quotes a value' : error.message
  return {
    type: error.name,
    message,
    code,
    constraint,
    stack: error.stack?.replace(error.message, () => message),
    cause: error.cause === undefined ? undefined : describeError(error.cause),
  }
}

/**
 * Makes the log of the program: one JSON line for each entry. It goes to standard output when no destination is given.
 */
export const createLog = (level: string, destination?: DestinationStream): Log =>
  pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
    },
    destination,
  )

/** Makes the log of the program on standard output: for a person to read in development, otherwise JSON lines. */
export const createProgramLog = ({ LOG_LEVEL, NODE_ENV }: Config): Log =>
  createLog(LOG_LEVEL, NODE_ENV === 'development' ? readableLog(process.stdout) : undefined)
