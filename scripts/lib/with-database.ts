import 'dotenv/config'
import { type Config, ConfigError, readConfig } from '../../src/platform/config.ts'
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'

/** One line for any error; that of a refused connection has its words only in its parts. */
const inOneLine = (error: unknown): string => {
  const { message } = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : (error as Error)
  return String(message ?? error).replaceAll(/\s*\n\s*/g, ' ')
}

/**
 * Runs a script on the database of the settings (environment and `.env`): that of DATABASE_URL, else the embedded one,
 * which is started when nobody has, and stopped in the end when nobody else uses it. An error is printed, without a
 * stack, and makes the exit code 1.
 */
export const withDatabase = async (
  work: (context: { config: Config; url: string }) => Promise<void>,
): Promise<void> => {
  let embedded: EmbeddedDatabase | undefined
  for (const [signal, exitCode] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // `on`, not `once`: under npm a Ctrl-C comes twice, and the second one must not cut off the first.
    process.on(signal, async () => {
      await embedded?.stop().catch(() => {})
      process.exit(exitCode)
    })
  }
  try {
    const config = readConfig(process.env)
    try {
      let url = config.DATABASE_URL
      if (url === undefined) {
        embedded = await openEmbeddedDatabase(config.DATA_DIR)
        url = embedded.url
      }
      await work({ config, url })
    } finally {
      await embedded?.stop()
    }
  } catch (error) {
    const lines = error instanceof ConfigError ? error.lines : [inOneLine(error)]
    for (const line of lines) console.error(line)
    process.exitCode = 1
  }
}
