import { type DestinationStream, type Logger, pino } from 'pino'

export type Log = Logger

/** PostgreSQL (SQLSTATE class 22, data exceptions) and JSON.parse quote in their message the value that they refuse. */
const quotesValues = (error: Error, code: unknown): boolean =>
  error instanceof SyntaxError || (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code))

/** Only these of an error reach a log line: a database or parser error may carry values of a request. */
const describeError = (error: unknown): Record<string, unknown> => {
  if (!(error instanceof Error)) return { message: String(error) }
  const { code, constraint } = error as { code?: unknown; constraint?: unknown }
  const message = quotesValues(error, code) ? 'withheld, for it quotes a value' : error.message
  return {
    type: error.name,
    message,
    code,
    constraint,
    stack: error.stack?.replace(error.message, () => message),
    cause: error.cause === undefined ? undefined : describeError(error.cause),
  }
}

/** The program's own log: JSON lines, one for each thing that happened, on standard output if nowhere else. */
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
