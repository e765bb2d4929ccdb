import { type App, createAppContext } from '../../src/platform/app-context.ts'
import { hasApplicationRole } from '../../src/platform/db/application-role.ts'
import { migrate, pendingMigrations } from '../../src/platform/db/migrate.ts'
import { createPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
import { loadOrCreateSecret } from '../../src/platform/secrets.ts'
import { withDatabase } from './with-database.ts'

/** Runs a script's work with an `App` on the database of the settings, migrated; see `withDatabase` for its errors. */
export const withApp = (work: (app: App, url: string) => Promise<void>): Promise<void> =>
  withDatabase(async ({ config, url }) => {
    const log = createLog('warn')
    const pool = createPool({ url, size: 5, applicationName: 'counterdesk script' }, log)
    const jwtSecret = config.JWT_SECRET ?? (await loadOrCreateSecret(config.DATA_DIR))
    const app = createAppContext({ config, log, pool, jwtSecret })
    try {
      const isPrepared = (await pendingMigrations(pool)).length === 0 && (await hasApplicationRole(pool))
      if (!isPrepared) await migrate(url)
      await work(app, url)
    } finally {
      await app.passwords.close()
      await pool.end()
    }
  })
