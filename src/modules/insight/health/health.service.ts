import type { App } from '../../../platform/app-context.ts'
import { pendingMigrations } from '../../../platform/db/migrate.ts'
import { AppError } from '../../../platform/errors.ts'
import { perApp } from '../../../platform/per-app.ts'
import { createTtlCache, type TtlCache } from '../../../platform/ttl-cache.ts'

type Missing = 'database' | 'migrations' | null

const looksOf = perApp((): TtlCache<Missing> => createTtlCache(1_000))

/** Looks at the database, once a second at most, however many ask. */
const findMissing = (app: App): Promise<Missing> =>
  looksOf(app).get('database', async () => {
    const pending = await pendingMigrations(app.pool).catch(() => null)
    if (pending === null) return 'database'
    return pending.length > 0 ? 'migrations' : null
  })

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
