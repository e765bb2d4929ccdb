import type { z } from 'zod'
import { Environment, settings } from '../contract/settings.ts'
import { plainWords } from './plain-words.ts'

/** The checked settings. `PUBLIC_URL` is always set and does not end in a slash. */
export type Config = z.output<typeof Environment> & { PUBLIC_URL: string }

/** The names of all settings, in the order of `.env.example`. */
export const configKeys = Object.keys(settings)

/** All faults of the environment, one line for each key, so the operator can correct them all at once. */
export class ConfigError extends Error {
  readonly lines: string[]

  constructor(lines: string[]) {
    super(lines.join('\n'))
    this.name = 'ConfigError'
    this.lines = lines
  }
}

/**
 * Reads the settings from the environment. A setting with an empty value is not set.
 * @throws ConfigError with a line for each bad key.
 */
export const readConfig = (environment: Record<string, string | undefined>): Config => {
  const given = Object.fromEntries(
    configKeys.flatMap((key) => (environment[key] ? [[key, environment[key]] as const] : [])),
  )
  const result = Environment.safeParse(given, { error: plainWords })
  if (!result.success) {
    const faults = new Map<string, string>()
    for (const { path, message } of result.error.issues) {
      const key = path.join('.')
      if (!faults.has(key)) faults.set(key, `${key}: ${message}`)
    }
    throw new ConfigError([...faults.values()])
  }
  const { data: config } = result
  return { ...config, PUBLIC_URL: config.PUBLIC_URL ?? `http://localhost:${config.PORT}` }
}
