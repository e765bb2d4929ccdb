import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { createAppContext } from '../../src/platform/app-context.ts'
import { readConfig } from '../../src/platform/config.ts'
import { openEmbeddedDatabase } from '../../src/platform/db/embedded.ts'
import { migrate } from '../../src/platform/db/migrate.ts'
import { createAppPool } from '../../src/platform/db/pool.ts'
import { createLog } from '../../src/platform/log.ts'
import { seedTenant } from '../lib/tenants.ts'

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

const seedTickets = (tenantId: number, count: number) => ({
  text: `with number as (
      update counters set value = value + $2 where tenant_id = $1 and name = 'ticket' returning value - $2 as base)
    insert into tickets (tenant_id, ticket_number, subject, issue_category, issue_description, priority, status,
      customer_id, technician_id, resolution_summary, raised_date, updated_at, resolved_date, closed_date)
    select $1, number.base + i, 'Seeded ' || i, (array['Network', 'Printer', 'Software', 'Phone'])[1 + i % 4],
      'The ' || md5(i::text) || ' in room ' || i % 400 || ' has been away since ' || md5((i % 1000)::text),
      (array['low', 'normal', 'normal', 'high', 'urgent'])[1 + i % 5], s.status,
      'CUS' || lpad((1 + i % 1000)::text, 4, '0'), case when s.status <> 'new' then 'TEC000' || 1 + i % 6 end,
      case when s.status in ('resolved', 'closed') then 'Done.' end, r.raised, r.raised,
      case when s.status in ('resolved', 'closed') then r.raised + interval '1 hour' end,
      case when s.status = 'closed' then r.raised + interval '2 hours' end
    from number, generate_series(1, $2::integer) i
    cross join lateral (select case when i % 20 < 14 then 'closed' when i % 20 = 14 then 'resolved'
      when i % 20 = 15 then 'waiting' when i % 20 = 16 then 'in_progress' when i % 20 = 17 then 'assigned'
      else 'new' end as status) s
    cross join lateral (select now() - ($2 - i) * interval '20 seconds' as raised) r`,
  values: [tenantId, count],
})

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
    const tenantId = await seedTenant(app, slug, { password, customers: number === 1 ? 1000 : 1 })
    tenants.push({ tenantId, slug })
  }
  const [first] = tenants
  if (first && tickets > 0) await pool.query(seedTickets(first.tenantId, tickets))
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
