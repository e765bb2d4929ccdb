import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { modules } from '../modules.ts'
import { type App, createAppContext } from '../platform/app-context.ts'
import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { hasApplicationRole } from '../platform/db/application-role.ts'
import { withTls } from '../platform/db/database-address.ts'
import { openEmbeddedDatabase } from '../platform/db/embedded.ts'
import { migrate, pendingMigrations } from '../platform/db/migrate.ts'
import { createPool, type PoolOptions } from '../platform/db/pool.ts'
import { platformTenantTables } from '../platform/db/tenant-rows.ts'
import type { Log } from '../platform/log.ts'
import type { LineStream } from '../platform/readable-log.ts'
import { loadOrCreateSecret } from '../platform/secrets.ts'
import { openTracer } from '../platform/tracing/open-tracer.ts'

/** The database of the settings. */
export interface Database {
  /** Where requests go: a pooler in transaction mode with `DATABASE_POOLED`. */
  url: string
  /** Where sessions last: `MIGRATION_DATABASE_URL` when it is set. Migrations, the worker and scripts connect there. */
  sessionUrl: string
  /** Leaves the database. An embedded database stops when no other process uses it. */
  close(): Promise<void>
}

/** The folder below `DATA_DIR` in which a desk is restored. As long as it is there, the desk is not to be opened. */
export const restoreFolder = 'restore.part'

/**
 * Opens the database of the settings: that of `DATABASE_URL`, else the embedded database in `DATA_DIR`, which is
 * created and started when necessary. `log` gets lines about the embedded database.
 * @throws Error when the embedded database does not start, or a restore is at work or was cut off.
 */
export const openDatabase = async (config: Config, log?: (line: string) => void): Promise<Database> => {
  const { DATABASE_URL: url, MIGRATION_DATABASE_URL: direct, DATA_DIR: folder } = config
  if (existsSync(join(folder, restoreFolder)))
    throw new Error(
      `A restore into ${folder} is at work, or was cut off. Wait for its end, or run npm run restore again.`,
    )
  if (url !== undefined) {
    const sessionUrl = withTls(direct ?? url, config)
    return { url: withTls(url, config), sessionUrl, close: async () => {} }
  }
  const embedded = await openEmbeddedDatabase(folder, { log })
  return { url: embedded.url, sessionUrl: embedded.url, close: embedded.stop }
}

/** How an application is opened. */
export interface ApplicationOptions {
  config: Config
  log: Log
  /** The address of its database. */
  url: string
  /** The address past a pooler, when `url` leads to one in transaction mode. */
  sessionUrl?: string
  /** True: brings the schema up to date first, and creates the role that the application works as. */
  migrates?: boolean
  /** Where the lines of the access log go; nowhere by default. */
  accessLog?: LineStream
  clock?: Clock
  /** The most connections at once, and their name in `pg_stat_activity`; those of the program by default. */
  connections?: Pick<PoolOptions, 'size' | 'applicationName' | 'isPatient'>
}

/** An application that is open, without a server and without a worker. */
export interface Application {
  app: App
  /** `JWT_SECRET`, or the secret that is kept in `DATA_DIR`. The web processes get the same secret. */
  jwtSecret: string
  /**
   * Stores the counts of quotas, ends the threads that hash passwords and all connections, and sends the last spans.
   * Stop the server and the worker before.
   */
  close(): Promise<void>
}

const migrateIfNeeded = async (pool: Pool, url: string): Promise<void> => {
  const isUpToDate = (await pendingMigrations(pool)).length === 0 && (await hasApplicationRole(pool))
  if (!isUpToDate) await migrate(url)
}

/** The addresses of the application of a program: past a pooler only what needs a session of its own. */
export const addressesOf = (
  { DATABASE_POOLED }: Config,
  { url, sessionUrl }: Pick<Database, 'url' | 'sessionUrl'>,
): Pick<ApplicationOptions, 'url' | 'sessionUrl'> => (DATABASE_POOLED ? { url, sessionUrl } : { url })

/**
 * Opens the application on a database: its secret, its pool of connections, its `App`. The program, its web processes,
 * the scripts, the tests, the bench and the fault drills all open the application here.
 * @throws Error when a migration fails; then nothing stays open.
 */
export const openApplication = async (options: ApplicationOptions): Promise<Application> => {
  const { config, log, url, sessionUrl, migrates = false, accessLog, clock, connections } = options
  const jwtSecret = config.JWT_SECRET ?? (await loadOrCreateSecret(config.DATA_DIR))
  const program = { size: config.DATABASE_POOL_SIZE, applicationName: 'counterdesk' }
  const pool = createPool({ url, sessionUrl, ...(connections ?? program) }, log)
  const app = createAppContext({ config, log, pool, jwtSecret, accessLog, clock })
  app.conditions = Object.assign({}, ...modules.map(({ conditions }) => conditions))
  app.passing = Object.assign({}, ...modules.map(({ passing }) => passing))
  app.tenantParts = {
    tables: [...platformTenantTables, ...modules.flatMap(({ tenantTables = [] }) => tenantTables)],
    remains: modules.flatMap(({ tenantRemains = [] }) => tenantRemains),
  }
  const close = async (): Promise<void> => {
    await Promise.all([app.quotas.close(), app.distinctQuotas.close(), app.signals.close(), app.outgoing.close()])
    await app.passwords.close()
    await pool.end()
    await app.tracer?.close()
  }
  try {
    app.tracer = await openTracer(config, log, app.metrics)
    if (migrates) await migrateIfNeeded(pool, sessionUrl ?? url)
    return { app, jwtSecret, close }
  } catch (error) {
    await close()
    throw error
  }
}
