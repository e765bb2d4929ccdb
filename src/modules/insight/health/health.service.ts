import type { App } from '../../../platform/app-context.ts'
import { pendingMigrations } from '../../../platform/db/migrate.ts'
import { AppError } from '../../../platform/errors.ts'
import { createTtlCache, type TtlCache } from '../../../platform/ttl-cache.ts'

type Missing = 'database' | 'migrations' | null

const looks = new WeakMap<App, TtlCache<Missing>>()

/** Looks at the database, once a second at most, however many ask. */
const findMissing = (app: App): Promise<Missing> => {
  const known = looks.get(app) ?? createTtlCache<Missing>(1_000)
  looks.set(app, known)
  return known.get('database', async () => {
    const pending = await pendingMigrations(app.pool).catch(() => null)
    if (pending === null) return 'database'
    return pending.length > 0 ? 'migrations' : null
  })
}

/**
 * Whether the program can take requests.
 * @throws AppError `unavailable` whose `away` names what is missing.
 */
export const checkReadiness = async (app: App): Promise<void> => {
  const missing = await findMissing(app)
  const away = [...(app.stopping() ? ['stopping'] : []), ...(missing === null ? [] : [missing])]
  if (away.length === 0) return
  throw new AppError('unavailable', { detail: `Not ready: ${away.join(', ')}.`, extra: { away } })
}
