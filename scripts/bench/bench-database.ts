import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { App } from '../../src/platform/app-context.ts'
import { readConfig } from '../../src/platform/config.ts'
import { openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { createLog } from '../../src/platform/log.ts'
import { openApplication } from '../../src/start/open-application.ts'
import { quotasOff } from '../../src/testing/support/quotas-off.ts'
import { seedTenant } from '../../src/testing/support/seed-tenant.ts'
import { seedTickets } from '../../src/testing/support/seed-tickets.ts'
import { openTemporaryCluster } from '../lib/temporary-cluster.ts'

/** A PostgreSQL on the disk of this project, durable as in production, with tenants to measure on. */
export interface BenchDatabase {
  url: string
  /** The process id of the postmaster, whose children are the backends. */
  postmasterPid: number
  tenants: { tenantId: number; slug: string }[]
  pool: pg.Pool
  stop(): Promise<void>
}

/** The password of every account. */
export const password = 'bench-password-7'

const settings = {
  NODE_ENV: 'test',
  JWT_SECRET: 'bench-3Vb8Qx1Lw5Rk7Zt2Np9Jc4Hd6Fs0Gm',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
  ...quotasOff,
}

/** The settings of the product under test, but for its port. */
export const productEnvironment = (url: string): Record<string, string> => ({
  ...settings,
  NODE_ENV: 'production',
  DATABASE_URL: url,
  // Without it the program would make one up, and keep it in a file.
  ADMIN_PASSWORD: password,
})

/** Opens an application on the database of the bench, with the secret of the product. */
export const withBenchApp = async (url: string, work: (app: App) => Promise<void>): Promise<void> => {
  const config = readConfig(settings)
  const { app, close } = await openApplication({ config, log: createLog('warn'), url, migrates: true })
  await work(app).finally(close)
}

const seedTenants = async (url: string): Promise<BenchDatabase['tenants']> => {
  const tenants: BenchDatabase['tenants'] = []
  await withBenchApp(url, async (app) => {
    for (let number = 1; number <= 50; number += 1) {
      const slug = `bench-${number}`
      const tenantId = await seedTenant(app, slug, { password, customers: number === 1 ? 1000 : 1 })
      tenants.push({ tenantId, slug })
    }
  })
  return tenants
}

/** A database of a cluster that runs, without the way to stop it. */
type SeededDatabase = Omit<BenchDatabase, 'stop'>

const connectTo = async (
  { url, dataDir }: { url: string; dataDir: string },
  tenants: BenchDatabase['tenants'],
): Promise<SeededDatabase> => {
  const pool = new pg.Pool({ connectionString: url, max: 4 })
  pool.on('error', () => {}) // at the end, when the cluster stops under it
  const lockFile = await readFile(join(dataDir, 'postmaster.pid'), 'utf8')
  return { url, postmasterPid: Number(lockFile.split('\n', 1)[0]), tenants, pool }
}

/** One of so many tickets is of the first customer, beside that customer's share: so its list has a full page. */
const ofFirst = 100

/** Opens the database in a new folder below `parent`, with 50 tenants, and `tickets` tickets in the first of them. */
export const openBenchDatabase = async (parent: string, tickets: number): Promise<BenchDatabase> => {
  // The scenario `limits` reads how long statements take.
  const cluster = await openTemporaryCluster(parent, { shared_preload_libraries: 'pg_stat_statements' })
  const database = await connectTo(cluster, await seedTenants(cluster.url))
  const { pool, tenants } = database
  const [first] = tenants
  if (first && tickets > 0) await seedTickets(pool, first.tenantId, tickets, 1000, ofFirst)
  await pool.query('vacuum analyze')
  return {
    ...database,
    async stop() {
      await pool.end()
      await cluster.remove()
    },
  }
}

/** The file that says that a kept database is filled, with its tenants. */
const seededFile = 'bench-seeded'

/**
 * Opens a database that is kept: `fill` fills it the first time, and what an aborted run left of it is thrown away. It
 * has 50 tenants.
 */
export const openKeptDatabase = async (
  folder: string,
  fill: (database: SeededDatabase) => Promise<void>,
): Promise<BenchDatabase> => {
  const mark = join(folder, seededFile)
  if (!existsSync(mark)) await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const cluster = await openEmbeddedDatabase(folder)
  if (!existsSync(mark)) {
    const database = await connectTo(cluster, await seedTenants(cluster.url))
    await fill(database)
    await writeFile(mark, JSON.stringify(database.tenants))
    await database.pool.end()
  }
  const database = await connectTo(cluster, JSON.parse(await readFile(mark, 'utf8')))
  return {
    ...database,
    async stop() {
      await database.pool.end()
      await cluster.stop()
    },
  }
}
