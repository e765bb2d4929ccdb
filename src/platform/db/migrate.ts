import { readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join as joinPath } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { z } from 'zod'
import { grantApplicationRole } from './application-role.ts'
import { type Db, join, many, one, sql } from './sql.ts'

/** Where the migrations are. */
export const migrationFolder = fileURLToPath(new URL('../../../migrations/', import.meta.url))
/** The name of a migration begins with digits. `schema.sql` and the README of the folder are not migrations. */
const isMigration = (file: string): boolean => /^\d.*\.sql$/.test(file)
/** The same rule for node-pg-migrate, which takes every file for a migration that does not match this pattern. */
const ignorePattern = '\\D.*|.*(?<!\\.sql)'

/** The job runner's schema has its own migrations. Together they count as the last migration, with this name. */
export const jobSchema = 'graphile_worker'

/** Where the lines about migrations go, such as a `Log`. */
type MigrationLog = Record<'debug' | 'warn' | 'error', (line: string) => void>

/** Which migrations to run. */
export interface MigrateOptions {
  /** Default: up. */
  direction?: 'up' | 'down'
  /** How many migrations at most. Default: all when going up, one when going down. */
  count?: number
  log?: MigrationLog
  /** Default: `migrationFolder`. */
  folder?: string
}

const silence: MigrationLog = { debug: () => {}, warn: () => {}, error: () => {} }

/** The names of the migrations in a folder, in the order in which they run. */
export const migrationNames = async (folder = migrationFolder): Promise<string[]> =>
  (await readdir(folder)).flatMap((file) => (isMigration(file) ? [file.slice(0, -'.sql'.length)] : [])).sort()

/** The newest revision of the job runner's schema in the installed package, found without importing the package. */
const shippedRevision = async (): Promise<number> => {
  const entry = createRequire(import.meta.url).resolve('graphile-worker')
  const files = await readdir(joinPath(dirname(entry), '../sql'))
  return Math.max(...files.map((file) => Number.parseInt(file, 10)))
}

/** The names of the migrations that a database has, with `graphile_worker` when that schema is up to date. */
const appliedMigrations = async (db: Db): Promise<Set<string>> => {
  const shipped = await shippedRevision()
  const { ours, jobs } = await one(
    db,
    z.object({ ours: z.boolean(), jobs: z.boolean() }),
    sql`select to_regclass('public.pgmigrations') is not null as ours,
               to_regclass('graphile_worker.migrations') is not null as jobs`,
  )
  const applied = [
    ...(ours ? [sql`select p.name from public.pgmigrations p`] : []),
    ...(jobs ? [sql`select ${jobSchema} from graphile_worker.migrations m having max(m.id) >= ${shipped}`] : []),
  ]
  const rows = applied.length === 0 ? [] : await many(db, z.object({ name: z.string() }), join(applied, ' union all '))
  return new Set(rows.map(({ name }) => name))
}

/**
 * The names of the pending migrations, in order, with `graphile_worker` at the end when the job runner's schema is
 * missing or older than the installed package. Takes a millisecond or two, because it does not import the tools that
 * migrate: a start without pending migrations and `/ready` stay fast.
 */
export const pendingMigrations = async (db: Db, folder = migrationFolder): Promise<string[]> => {
  const [names, done] = await Promise.all([migrationNames(folder), appliedMigrations(db)])
  return [...names, jobSchema].filter((name) => !done.has(name))
}

/** A migration and whether a database has it. `unknown`: the database has it, and this version does not. */
export interface MigrationState {
  name: string
  state: 'applied' | 'pending' | 'unknown'
}

/** All migrations, in order: those of this version, then those that only the database knows. */
export const listMigrations = async (db: Db): Promise<MigrationState[]> => {
  const [names, done] = await Promise.all([migrationNames(), appliedMigrations(db)])
  const known = [...names, jobSchema]
  return [
    ...known.map((name) => ({ name, state: done.has(name) ? ('applied' as const) : ('pending' as const) })),
    ...[...done]
      .filter((name) => !known.includes(name))
      .sort()
      .map((name) => ({ name, state: 'unknown' as const })),
  ]
}

const migrateJobSchema = async (pool: pg.Pool, log: MigrationLog): Promise<void> => {
  const { Logger, runMigrations } = await import('graphile-worker')
  const logger = new Logger(() => (level, line) => {
    if (level === 'error') log.error(line)
    else if (level === 'warning') log.warn(line)
    else log.debug(line)
  })
  await runMigrations({ pgPool: pool, schema: jobSchema, logger })
}

/**
 * Migrates the schema up or down. Processes that migrate at the same moment wait for each other, and the second one has
 * nothing left to do.
 *
 * The migrations of the product run in one transaction: all or none. Those of the job runner come after them, in their
 * own transactions. The job runner has no migrations down. When the first migration of the product is undone, the job
 * runner's schema with all jobs and the list of migrations are dropped, too.
 * @returns the names of the migrations that ran, in that order.
 * @throws Error of the statement that failed; `log` gets its place in the file.
 */
export const migrate = async (
  url: string,
  { direction = 'up', count, log = silence, folder = migrationFolder }: MigrateOptions = {},
): Promise<string[]> => {
  // node-pg-migrate takes 0 for "all".
  if (count !== undefined && !(count >= 1)) throw new RangeError(`migrate at least one migration, not ${count}`)
  // One connection holds the lock and runs the product's migrations, the other is for the job runner. Neither has a
  // timeout.
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: 'counterdesk migrations',
    options: '-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0',
  })
  pool.on('error', (error) => log.warn(error.message))
  const closed: Promise<unknown>[] = []
  pool.on('connect', (client) => {
    client.on('error', (error) => log.warn(error.message))
    closed.push(new Promise((resolve) => client.once('end', resolve)))
  })
  try {
    const client = await pool.connect()
    try {
      return await migrateLocked(pool, client, { direction, count, log, folder })
    } finally {
      client.release(true) // also releases the lock
    }
  } finally {
    // `pool.end` does not wait for the connections, but the caller may stop the server or copy the database next.
    await pool.end()
    await Promise.all(closed)
  }
}

const migrateLocked = async (
  pool: pg.Pool,
  client: pg.PoolClient,
  { direction, count, log, folder }: Omit<Required<MigrateOptions>, 'count'> & { count: number | undefined },
): Promise<string[]> => {
  const { PG_MIGRATE_LOCK_ID, runner } = await import('node-pg-migrate')
  // node-pg-migrate takes this lock, too. It is kept until the job runner's migrations are done, because they do not
  // lock.
  await client.query('select pg_advisory_lock($1)', [PG_MIGRATE_LOCK_ID])
  const ran = await runner({
    dbClient: client,
    dir: folder,
    ignorePattern,
    direction,
    ...(count === undefined ? {} : { count }),
    schema: 'public',
    migrationsTable: 'pgmigrations',
    singleTransaction: true,
    advisoryLockMode: 'wait',
    logger: { info: log.debug.bind(log), warn: log.warn.bind(log), error: log.error.bind(log) },
  })
  const names = ran.map(({ name }) => name)
  const pending = await pendingMigrations(pool, folder)
  if (direction === 'up' && pending.length === 1 && pending[0] === jobSchema) {
    await migrateJobSchema(pool, log)
    names.push(jobSchema)
  }
  if (direction === 'up') await grantApplicationRole(client)
  const { rowCount: left } = await client.query('select p.id from public.pgmigrations p limit 1')
  if (direction === 'down' && left === 0) {
    await client.query(`drop schema if exists ${jobSchema} cascade; drop table public.pgmigrations`)
    return pending.includes(jobSchema) ? names : [...names, jobSchema]
  }
  return names
}
