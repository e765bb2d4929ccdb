import { startSession } from '../../../src/modules/identity/sign-in/sign-in.service.ts'
import { transaction } from '../../../src/platform/db/transaction.ts'
import { seedAdmins } from '../../../src/testing/support/seed-crowd.ts'
import { type BenchDatabase, withBenchApp } from '../bench-database.ts'

/** Every ticket of a category is seen by so many technicians. */
export const seenBy = 20
const categories = 50
const admins = 50

/** The category of a number, from 0 on. */
export const categoryOf = (number: number): string => `Streams ${number % categories}`

/** Technicians of these categories, and the tickets of these categories that nobody has taken. */
const technicians = `
  with people as (
    insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, password_hash, status)
    select a.tenant_id, public_id('TEC', i), 'technician', 'live' || i, 'live' || i || '@live.example.com',
      'Technician ' || i, a.password_hash, 'active'
    from accounts a, generate_series(5001, 5000 + $2::integer) i where a.tenant_id = $1 and a.account_id = 'admin')
  insert into technicians (tenant_id, technician_number, phone_number, category)
  select $1, i, '12345', 'Streams ' || i % $3::integer from generate_series(5001, 5000 + $2::integer) i`

const people = `
  select a.account_id from accounts a
  where a.tenant_id = $1 and (a.account_id like 'crowd%' or a.sign_in_name like 'live%')
  order by a.role desc, a.account_id`

/** Who has streams open in the first tenant: their access tokens. */
export interface Crowd {
  technicians: string[]
  admins: string[]
}

const tokensOf = async (database: BenchDatabase, tenantId: number, accountIds: string[]): Promise<string[]> => {
  const tokens: string[] = []
  await withBenchApp(database.url, async (app) => {
    for (const accountId of accountIds) {
      const origin = { requestId: null, receipt: null, address: '127.0.0.1' }
      const session = await transaction(app.pool, (tx) => startSession(app, tx, tenantId, accountId, origin, 'bearer'))
      tokens.push(session.token)
    }
  })
  return tokens
}

/**
 * Adds technicians and admins to the first tenant, if they are not there, and signs them in without a password, which
 * would take minutes.
 */
export const seedCrowd = async (database: BenchDatabase): Promise<Crowd> => {
  const tenantId = database.tenants[0]?.tenantId ?? 0
  const isThere = (await database.pool.query(people, [tenantId])).rows.length > 0
  if (!isThere) {
    await database.pool.query(technicians, [tenantId, categories * seenBy, categories])
    await seedAdmins(database.pool, tenantId, admins)
  }
  const { rows } = await database.pool.query(people, [tenantId])
  const accountIds: string[] = rows.map(({ account_id: accountId }) => accountId)
  const tokens = await tokensOf(database, tenantId, accountIds)
  return { technicians: tokens.slice(0, -admins), admins: tokens.slice(-admins) }
}
