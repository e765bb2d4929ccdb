import 'dotenv/config'
import { type Config, ConfigError, readConfig } from '../../src/platform/config.ts'
import { type Database, openDatabase } from '../../src/start/open-application.ts'

/** One line for any error. The words of a refused connection stand only in the parts of its error. */
const inOneLine = (error: unknown): string => {
  const { message } = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : (error as Error)
  return String(message ?? error).replaceAll(/\s*\n\s*/g, ' ')
}

/**
 * Runs a script with the settings (environment and `.env`). An error is printed without its stack, and makes the exit
 * code 1.
 */
export const withSettings = async (work: (config: Config) => Promise<void>): Promise<void> => {
  try {
    await work(readConfig(process.env))
  } catch (error) {
    const lines = error instanceof ConfigError ? error.lines : [inOneLine(error)]
    for (const line of lines) console.error(line)
    process.exitCode = 1
  }
}

/**
 * Runs a script on the database of the settings: that of `DATABASE_URL`, else the embedded one. An embedded database
 * that does not run is started, and stopped at the end when nobody else uses it. Prints errors as `withSettings` does.
 */
export const withDatabase = async (
  work: (context: { config: Config; url: string }) => Promise<void>,
): Promise<void> => {
  let database: Database | undefined
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // `on`, not `once`: under npm a Ctrl-C comes twice, and the second one must not cut off the first.
    process.on(signal, async () => {
      await database?.close().catch(() => {})
      process.exit(exitCode)
    })
  }
  await withSettings(async (config) => {
    database = await openDatabase(config)
    await work({ config, url: database.sessionUrl }).finally(database.close)
  })
}
