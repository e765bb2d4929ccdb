import { readFile } from 'node:fs/promises'
import type { Pool } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../testing/support/test-database.ts'
import { createLog } from '../log.ts'
import { jobSchema, migrate, pendingMigrations } from './migrate.ts'
import { createPool } from './pool.ts'
import { dumpSchema } from './schema-dump.ts'
import { exec, many, one, type Sql, sql } from './sql.ts'

const committed = await readFile(new URL('../../../migrations/schema.sql', import.meta.url), 'utf8')

const undo: (() => Promise<void>)[] = []
const open = async (making: Promise<TestDatabase>): Promise<{ url: string; pool: Pool }> => {
  const database = await making
  const pool = createPool(
    { url: database.url, size: 2, applicationName: 'schema test', asOwner: true },
    createLog('silent'),
  )
  undo.push(async () => {
    await pool.end()
    await database.drop()
  })
  return { url: database.url, pool }
}
const close = async (): Promise<void> => {
  for (const step of undo.splice(0)) await step()
}

describe('schema.sql', () => {
  afterEach(close)

  test('is what the migrations make', async () => {
    const { pool } = await open(createTestDatabase())
    // When this fails after a change of the migrations: node scripts/develop/db-dump.ts
    expect(await dumpSchema(pool)).toBe(committed)
  })

  test('makes the same schema when it is loaded', async () => {
    const { pool } = await open(createEmptyDatabase())
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
    const { pool } = await open(createTestDatabase())
    await pool.query(change)
    await expect(dumpSchema(pool)).rejects.toThrow('teach platform/db/dump.ts')
  })
})

describe('The migrations', () => {
  afterEach(close)

  /** Every object that is not PostgreSQL's own has a higher oid than this (FirstNormalObjectId). */
  const leftBehind = (pool: Pool) =>
    many(
      pool,
      z.object({ what: z.string() }),
      sql`select pg_describe_object(o.catalog, o.oid, 0) as what
          from (
            select 'pg_class'::regclass as catalog, c.oid from pg_class c
            union all select 'pg_proc'::regclass, p.oid from pg_proc p
            union all select 'pg_type'::regclass, t.oid from pg_type t
            union all select 'pg_operator'::regclass, r.oid from pg_operator r
            union all select 'pg_namespace'::regclass, n.oid from pg_namespace n
            union all select 'pg_extension'::regclass, e.oid from pg_extension e
          ) o
          where o.oid >= 16384`,
    )

  test('go up, down and up again step by step: each undoes what it did, and nothing is left in the end', async () => {
    const { url, pool } = await open(createEmptyDatabase())
    const ours = (await pendingMigrations(pool)).filter((name) => name !== jobSchema)
    const below: string[] = []
    for (const [step, name] of ours.entries()) {
      below.push(await dumpSchema(pool))
      const done = await migrate(url, { count: 1 })
      expect(done).toEqual(step === ours.length - 1 ? [name, jobSchema] : [name])
    }
    expect(await dumpSchema(pool)).toBe(committed)
    for (const [step, name] of [...ours.entries()].reverse()) {
      expect(await migrate(url, { direction: 'down' })).toEqual(step === 0 ? [name, jobSchema] : [name])
      expect(await dumpSchema(pool)).toBe(below[step])
    }
    expect(await leftBehind(pool)).toEqual([])
    expect(await migrate(url)).toEqual([...ours, jobSchema])
    expect(await dumpSchema(pool)).toBe(committed)
    expect(await migrate(url, { direction: 'down', count: 999 })).toEqual([...ours.reverse(), jobSchema])
    expect(await leftBehind(pool)).toEqual([])
  })

  test('run once when processes start at the same moment', async () => {
    const { url, pool } = await open(createEmptyDatabase())
    const pending = await pendingMigrations(pool)
    const done = await Promise.all([migrate(url), migrate(url), migrate(url)])
    expect(done.flat()).toEqual(pending)
    expect(await pendingMigrations(pool)).toEqual([])
    expect(await dumpSchema(pool)).toBe(committed)
  })

  test('are pending until they are all there, those of the job runner too', async () => {
    const { url, pool } = await open(createTestDatabase())
    expect(await pendingMigrations(pool)).toEqual([])
    await exec(pool, sql`delete from graphile_worker.migrations m where m.id > 19`)
    expect(await pendingMigrations(pool)).toEqual([jobSchema])
    expect(await migrate(url)).toEqual([jobSchema])
    expect(await pendingMigrations(pool)).toEqual([])
    await exec(pool, sql`drop schema graphile_worker cascade`)
    expect(await pendingMigrations(pool)).toEqual([jobSchema])
    const undone = await migrate(url, { direction: 'down', count: 2 })
    expect(await pendingMigrations(pool)).toEqual([...undone.reverse(), jobSchema])
  })

  test.each([0, -1, Number.NaN])('do not take %d for all of them', async (count) => {
    await expect(migrate('postgres://nobody@127.0.0.1:1/nothing', { direction: 'down', count })).rejects.toThrow(
      RangeError,
    )
  })
})

// The tables whose rows belong to a tenant, and the few without tenants. A new table goes into one of the two lists.
const tenantTables = [
  'accounts',
  'attachment_uploads',
  'attachments',
  'comments',
  'counters',
  'customers',
  'emails',
  'event_heads',
  'events',
  'idempotency_keys',
  'password_resets',
  'sessions',
  'tags',
  'technicians',
  'ticket_links',
  'ticket_watchers',
  'tickets',
]
const globalTables = ['pgmigrations', 'rate_limits', 'tenants', 'worker_processes']

describe('No row belongs to two tenants:', () => {
  let pool: Pool
  beforeAll(async () => {
    ;({ pool } = await open(createTestDatabase()))
  })
  afterAll(close)

  const names = async (statement: Sql): Promise<string[]> =>
    (await many(pool, z.object({ name: z.string() }), statement)).map(({ name }) => name).sort()

  test('every table belongs to tenants, or is listed as one that does not', async () => {
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
