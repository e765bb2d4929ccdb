import { foreignSettings } from '../contract/foreign-settings.ts'
import { configKeys } from '../platform/config.ts'
import type { Log } from '../platform/log.ts'

/** The settings of other systems in an environment, with what to set instead. Values are never looked at. */
export const findForeignSettings = (
  environment: Record<string, string | undefined>,
): { names: string[]; advice: string }[] => {
  const found = new Map<string, string[]>()
  for (const name of Object.keys(environment)
    .filter((key) => !configKeys.includes(key))
    .sort()) {
    const foreign = foreignSettings.find((candidate) => candidate.name.test(name))
    if (foreign === undefined || foreign.ours.some((key) => environment[key])) continue
    const advice = foreign.advice ?? `set ${foreign.ours.join(' and ')}`
    found.set(advice, [...(found.get(advice) ?? []), name])
  }
  return [...found].map(([advice, names]) => ({ names, advice }))
}

/** Says in the log which settings look like those of other systems and are not read. */
export const nameForeignSettings = (log: Log, environment: Record<string, string | undefined>): void => {
  for (const { names, advice } of findForeignSettings(environment))
    log.warn(`${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not read: ${advice}`)
}
