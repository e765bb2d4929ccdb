import type { App } from '../../../platform/app-context.ts'
import { pendingMigrations } from '../../../platform/db/migrate.ts'
import { AppError } from '../../../platform/errors.ts'

/**
 * Whether the program can take requests.
 * @throws AppError `unavailable` whose `away` names what is missing.
 */
export const checkReadiness = async (app: App): Promise<void> => {
  const away: string[] = []
  if (app.stopping()) away.push('stopping')
  const pending = await pendingMigrations(app.pool).catch(() => null)
  if (pending === null) away.push('database')
  else if (pending.length > 0) away.push('migrations')
  if (away.length === 0) return
  throw new AppError('unavailable', { detail: `Not ready: ${away.join(', ')}.`, extra: { away } })
}
