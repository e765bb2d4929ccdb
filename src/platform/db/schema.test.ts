import { readFile } from 'node:fs/promises'
import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { closeDatabases, openDatabase } from '../../testing/support/open-databases.ts'
import { createEmptyDatabase, createTestDatabase } from '../../testing/support/test-database.ts'
import { dumpSchema } from './schema-dump.ts'
import { exec, many, one, type Sql, sql } from './sql.ts'

const committed = await readFile(new URL('../../../migrations/schema.sql', import.meta.url), 'utf8')

describe('schema.sql', () => {
  afterEach(closeDatabases)

  test('is what the migrations make', async () => {
    const { pool } = await openDatabase(createTestDatabase())
    // When this fails after a change of the migrations: node scripts/develop/db-dump.ts
    expect(await dumpSchema(pool)).toBe(committed)
  })

  test('has no constraint that was never validated', () => {
    expect(committed).not.toMatch(/not valid/i)
  })

  test('makes the same schema when it is loaded', async () => {
    const { pool } = await openDatabase(createEmptyDatabase())
    await pool.query(committed)
    expect(await dumpSchema(pool)).toBe(committed)
  })

  test.each([
    'create view v as select 1',
    "create type t as enum ('a')",
    'create sequence s',
    'alter table events disable trigger events_kept',
    "create aggregate a(text) (sfunc = textcat, stype = text, initcond = '')",
    'create policy p on tickets',
    'alter table tickets enable row level security',
    'alter table tenants alter tenant_id set start with 100',
  ])('is never written without what it has no words for: %s', async (change) => {
    const { pool } = await openDatabase(createTestDatabase())
    await pool.query(change)
    await expect(dumpSchema(pool)).rejects.toThrow('platform/db/schema-dump.ts cannot write')
  })
})

// The tables whose rows belong to a tenant, and the few without tenants. A new table goes into one of the two lists.
const tenantTables = [
  'accounts',
  'api_tokens',
  'attachment_uploads',
  'attachments',
  'comments',
  'counters',
  'customers',
  'deleted_links',
  'digest_hours',
  'digest_items',
  'drafts',
  'email_claims',
  'email_confirmations',
  'emails',
  'event_heads',
  'events',
  'idempotency_keys',
  'log_forks',
  'mail_templates',
  'notification_choices',
  'notifications',
  'orders',
  'password_resets',
  'product_units',
  'products',
  'recovery_codes',
  'registrations',
  'second_factors',
  'service_accounts',
  'sessions',
  'sign_in_challenges',
  'sign_in_places',
  'tags',
  'technicians',
  'ticket_links',
  'ticket_presence',
  'ticket_watchers',
  'tickets',
  'undos',
  'webhook_attempts',
  'webhook_deliveries',
  'webhooks',
]
const globalTables = [
  'distinct_counts',
  'log_epochs',
  'pgmigrations',
  'platform_log',
  'quota_counts',
  'rate_limits',
  'tenants',
  'worker_processes',
]

describe('No row belongs to two tenants:', () => {
  let pool: Pool
  beforeAll(async () => {
    ;({ pool } = await openDatabase(createTestDatabase()))
  })
  afterAll(closeDatabases)

  const names = async (statement: Sql): Promise<string[]> =>
    (await many(pool, z.object({ name: z.string() }), statement)).map(({ name }) => name).sort()

  test('every table belongs to tenants, or is in the list of tables without tenants', async () => {
    const tables = await names(
      sql`select c.relname as name from pg_class c
          where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')`,
    )
    expect(tables).toEqual([...tenantTables, ...globalTables].sort())
  })

  test('tenant_id is there, never null, and a tenant; in these tables and in no other', async () => {
    const owned = await names(
      sql`select a.attrelid::regclass::text as name from pg_attribute a
          join pg_constraint f on f.conrelid = a.attrelid and f.contype = 'f' and f.conkey = array[a.attnum]
          where a.attname = 'tenant_id' and a.attnotnull and f.confrelid = 'tenants'::regclass`,
    )
    expect(owned).toEqual(tenantTables)
    const claimed = await names(
      sql`select a.attrelid::regclass::text as name from pg_attribute a
          where a.attname = 'tenant_id' and a.attrelid = any (${globalTables}::regclass[])`,
    )
    expect(claimed).toEqual(['tenants'])
  })

  test('tenant_id leads in the primary key and in every other unique key', async () => {
    const keyed = await names(
      sql`select i.indrelid::regclass::text as name from pg_index i
          where i.indisprimary and i.indrelid = any (${tenantTables}::regclass[])`,
    )
    expect(keyed).toEqual(tenantTables)
    const astray = await names(
      sql`select i.indexrelid::regclass::text as name from pg_index i
          left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
          where i.indisunique and i.indrelid = any (${tenantTables}::regclass[])
            and a.attname is distinct from 'tenant_id'`,
    )
    expect(astray).toEqual([])
  })

  test('tenant_id comes first on both ends of every foreign key to such a table', async () => {
    const astray = await names(
      sql`select f.conrelid::regclass || ': ' || f.conname as name from pg_constraint f
          join pg_attribute here on here.attrelid = f.conrelid and here.attnum = f.conkey[1]
          join pg_attribute there on there.attrelid = f.confrelid and there.attnum = f.confkey[1]
          where f.contype = 'f' and f.confrelid = any (${tenantTables}::regclass[])
            and (here.attname, there.attname) <> ('tenant_id', 'tenant_id')`,
    )
    expect(astray).toEqual([])
  })

  test('a ticket cannot point into another tenant, not even when the owner of the tables writes it', async () => {
    const owners = await names(
      sql`select c.relname as name from pg_class c
          where c.oid = 'tickets'::regclass and c.relowner = current_user::regrole`,
    )
    expect(owners).toEqual(['tickets'])

    const found = async (slug: string, customer: number, technician: number): Promise<number> => {
      const { tenant_id } = await one(
        pool,
        z.object({ tenant_id: z.int() }),
        sql`insert into tenants (slug, name) values (${slug}, ${slug}) returning tenant_id`,
      )
      await exec(
        pool,
        sql`with account as (
              insert into accounts (tenant_id, account_id, role, sign_in_name, email, name, status)
              values (${tenant_id}, public_id('CUS', ${customer}), 'customer', 'ann', 'ann@example.com', 'Ann', 'active'),
                     (${tenant_id}, public_id('TEC', ${technician}), 'technician', 'tom', 'tom@example.com', 'Tom', 'active')
            ), customer as (
              insert into customers (tenant_id, customer_number) values (${tenant_id}, ${customer})
            )
            insert into technicians (tenant_id, technician_number, phone_number, category)
            values (${tenant_id}, ${technician}, '+49 30 123456', 'Network')`,
      )
      return tenant_id
    }
    const ours = await found('ours', 1, 1)
    await found('theirs', 2, 2)
    const createFor = (customer: string, technician: string): Promise<number> =>
      exec(
        pool,
        sql`insert into tickets (tenant_id, ticket_number, customer_id, technician_id, status,
                                 subject, issue_category, issue_description)
            values (${ours}, 1, ${customer}, ${technician}, 'assigned', 'No network', 'Network', 'Since this morning')`,
      )
    await expect(createFor('CUS0002', 'TEC0001')).rejects.toMatchObject({
      code: '23503',
      constraint: 'tickets_customer_fkey',
    })
    await expect(createFor('CUS0001', 'TEC0002')).rejects.toMatchObject({
      code: '23503',
      constraint: 'tickets_technician_fkey',
    })
    expect(await createFor('CUS0001', 'TEC0001')).toBe(1)
  })
})
