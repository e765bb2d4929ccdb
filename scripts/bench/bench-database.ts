import { chmod, mkdtemp, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { createAppContext } from '../../src/platform/app-context.ts'
import { readConfig } from '../../src/platform/config.ts'
import { openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { createAppPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
import { removeCluster } from '../lib/remove-cluster.ts'
import { seedTenant } from '../lib/tenants.ts'
import { insertTickets } from './seed.ts'

/** A PostgreSQL on the disk of this project, durable as in production, with tenants to measure on. */
export interface BenchDatabase {
  url: string
  /** The process whose children are the backends. */
  postmasterPid: number
  secret: string
  tenants: { tenantId: number; slug: string }[]
  pool: pg.Pool
  stop(): Promise<void>
}

export const password = 'bench-password-7'

const settings = {
  NODE_ENV: 'test',
  JWT_SECRET: 'bench-3Vb8Qx1Lw5Rk7Zt2Np9Jc4Hd6Fs0Gm',
  LOG_LEVEL: 'warn',
  RATE_LIMIT_REQUESTS_PER_MINUTE: '0',
  RATE_LIMIT_SIGN_INS_PER_MINUTE: '0',
}

/** Settings of the product under test, beside its port. */
export const productEnvironment = (url: string): Record<string, string> => ({
  ...settings,
  NODE_ENV: 'production',
  DATABASE_URL: url,
})

/** Opens it in a new folder below `parent`, seeds `tickets` tickets in the first tenant, and 50 tenants in all. */
export const openBenchDatabase = async (parent: string, tickets: number): Promise<BenchDatabase> => {
  const folder = await realpath(await mkdtemp(join(parent, 'bench-')))
  await chmod(folder, 0o755) // for the user PostgreSQL runs as when we are root
  const cluster = await openEmbeddedDatabase(folder)
  await migrate(cluster.url)
  const config = readConfig(settings)
  const log = createLog('warn')
  const app = createAppContext({
    config,
    log,
    pool: createAppPool(config, cluster.url, log),
    jwtSecret: settings.JWT_SECRET,
  })
  const pool = new pg.Pool({ connectionString: cluster.url, max: 4 })
  pool.on('error', () => {}) // at the end, when the cluster stops under it
  const tenants: BenchDatabase['tenants'] = []
  for (let number = 1; number <= 50; number += 1) {
    const slug = `bench-${number}`
    const tenantId = await seedTenant(app, slug, { password, customers: number === 1 ? 1000 : 1 })
    tenants.push({ tenantId, slug })
  }
  const [first] = tenants
  if (first && tickets > 0) await insertTickets(pool, first.tenantId, tickets, 1000)
  await pool.query('vacuum analyze')
  await app.passwords.close()
  await app.pool.end()
  const lockFile = await readFile(join(cluster.dataDir, 'postmaster.pid'), 'utf8')
  return {
    url: cluster.url,
    postmasterPid: Number(lockFile.split('\n', 1)[0]),
    secret: settings.JWT_SECRET,
    tenants,
    pool,
    async stop() {
      await pool.end()
      await cluster.stop()
      await removeCluster(cluster.dataDir, folder)
    },
  }
}
