import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { createTenantWithAdmin } from '../../src/modules/auth/first-admin.service.ts'
import { createAppContext } from '../../src/platform/app-context.ts'
import { readConfig } from '../../src/platform/config.ts'
import { openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { createAppPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
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

/** Customers and technicians without ceremony: they all share the admin's password hash. */
const seedPeople = `with customers_ as (
    insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
    select $1, public_id('CUS', i), 'customer', 'customer' || i || '@bench.example.com',
      'customer' || i || '@bench.example.com', 'Customer ' || i, $2, 'active' from generate_series(1, $3::integer) i),
  technicians_ as (
    insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
    select $1, public_id('TEC', i), 'technician', 'tech' || i, 'tech' || i || '@bench.example.com',
      'Technician ' || i, $2, 'active' from generate_series(1, 6) i),
  c as (insert into customers (tenant_id, customer_number) select $1, i from generate_series(1, $3::integer) i),
  t as (insert into technicians (tenant_id, technician_number, phone_number, category)
    select $1, i, '12345', (array['Network', 'Printer', 'Software', 'Phone'])[1 + i % 4] from generate_series(1, 6) i)
  update counters set value = case name when 'customer' then $3::integer when 'technician' then 6 else 0 end
  where tenant_id = $1`

/** Opens it in a new folder below `folder`, seeds `tickets` tickets in the first tenant, and 50 tenants in all. */
export const openBenchDatabase = async (folder: string, tickets: number): Promise<BenchDatabase> => {
  const dataDir = await mkdtemp(join(folder, 'bench-'))
  const cluster = await openEmbeddedDatabase(dataDir)
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
  const tenants: BenchDatabase['tenants'] = []
  for (let number = 1; number <= 50; number += 1) {
    const slug = `bench-${number}`
    await createTenantWithAdmin(
      app,
      { slug, name: slug },
      { userId: 'admin', name: 'Admin', email: `admin@${slug}.example.com`, password },
    )
    const found = await pool.query(
      `select t.tenant_id, a.password_hash from tenants t join accounts a on a.tenant_id = t.tenant_id
       where t.slug = $1`,
      [slug],
    )
    const { tenant_id: tenantId, password_hash: hash } = found.rows[0]
    await pool.query(seedPeople, [tenantId, hash, number === 1 ? 1000 : 1])
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
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
